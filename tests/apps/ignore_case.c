/* A library for LD_PRELOAD with which a folder seems to ignore case: a name that is not found is looked for in small letters.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* with it, the compiler renames fstatat() */
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

typedef int (*stat_at)(int, const char*, void*, int);

static int look(const char* function, int folder, const char* name, void* info, int flags) {
  stat_at next;
  char small[256] = "";
  void* found = dlsym(RTLD_NEXT, function);
  memcpy(&next, &found, sizeof next);
  const int result = next(folder, name, info, flags);
  if (result == 0 || errno != ENOENT || strlen(name) >= sizeof small) return result;
  for (int i = 0; name[i] != 0; i++) small[i] = (char)tolower((unsigned char)name[i]);
  return next(folder, small, info, flags);
}

int fstatat(int folder, const char* name, struct stat* info, int flags) {
  return look("fstatat", folder, name, info, flags);
}

int fstatat64(int folder, const char* name, struct stat64* info, int flags) {
  return look("fstatat64", folder, name, info, flags);
}
