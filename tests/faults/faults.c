// A library for LD_PRELOAD whose functions fail when a test says so.
// SPDX-License-Identifier: MIT
//
// POSE_FAULT=KIND:FIRST:COUNT:ERRNO   the calls FIRST to FIRST + COUNT - 1 of a kind fail with that errno, counted from the start of main().
// POSE_FAULT_FROM=NAME                calls are counted only from the first open of a path with this ending on.
// POSE_FAULT_COUNTS=FILE              the numbers of calls are written to the file when the process ends.
//
// Kinds: malloc, open, mmap, read, write (not to standard error; ftruncate), sync (fsync, fclose), rename (linkat), stat, readdir, thread.
// POSE_FAULT=read:short, write:short: all reads or writes take less than the caller wanted.
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS // or open() and open64() would be one symbol
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum Kind { kMalloc, kOpen, kMmap, kRead, kWrite, kSync, kRename, kStat, kReaddir, kThread, kKinds };
static const char* const kNames[kKinds] = {"malloc", "open", "mmap", "read", "write", "sync", "rename", "stat", "readdir", "thread"};

static long calls[kKinds];
static int armed = 0, faulty = -1, short_reads = 0, short_writes = 0, fault_errno = 0;
static long first = 0, count = 0;
static const char* from = NULL; // POSE_FAULT_FROM

// Counts a call.  Returns 1, with errno set, where it must fail.
static int fails(enum Kind kind) {
  if (!__atomic_load_n(&armed, __ATOMIC_RELAXED)) return 0;
  const long call = __atomic_add_fetch(&calls[kind], 1, __ATOMIC_RELAXED);
  if ((int)kind != faulty || call < first || call - first >= count) return 0;
  errno = fault_errno;
  return 1;
}

static void arm_at(const char* path) {
  if (from == NULL) return;
  const size_t size = strlen(path), end = strlen(from);
  if (size >= end && strcmp(path + size - end, from) == 0) __atomic_store_n(&armed, 1, __ATOMIC_RELAXED);
}

static void write_counts(void) {
  armed = 0;
  const char* path = getenv("POSE_FAULT_COUNTS");
  if (path == NULL) return;
  char text[256];
  int size = 0;
  for (int k = 0; k < kKinds; ++k) size += snprintf(text + size, sizeof text - (size_t)size, "%s %ld\n", kNames[k], calls[k]);
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (syscall(SYS_write, fd, text, size) != size) _exit(99);
  syscall(SYS_close, fd);
}

static int (*program_main)(int, char**, char**);

static int armed_main(int argc, char** argv, char** environment) {
  char kind[16] = "";
  const char* fault = getenv("POSE_FAULT");
  if (fault != NULL && sscanf(fault, "%15[a-z]:%ld:%ld:%d", kind, &first, &count, &fault_errno) == 4) {
    for (int k = 0; k < kKinds; ++k) {
      if (strcmp(kind, kNames[k]) == 0) faulty = k;
    }
  }
  short_reads = fault != NULL && strcmp(fault, "read:short") == 0;
  short_writes = fault != NULL && strcmp(fault, "write:short") == 0;
  from = getenv("POSE_FAULT_FROM");
  armed = from == NULL;
  const int code = program_main(argc, argv, environment);
  write_counts();
  return code;
}

int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void* stack_end) {
  int (*start)(int (*)(int, char**, char**), int, char**, void (*)(void), void (*)(void), void (*)(void), void*) = NULL;
  *(void**)&start = dlsym(RTLD_NEXT, "__libc_start_main");
  program_main = main;
  return start(armed_main, argc, argv, init, fini, rtld_fini, stack_end);
}

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t n, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  return fails(kMalloc) ? NULL : __libc_malloc(size);
}
void* calloc(size_t n, size_t size) {
  return fails(kMalloc) ? NULL : __libc_calloc(n, size);
}
void* realloc(void* old, size_t size) {
  return fails(kMalloc) ? NULL : __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return fails(kMalloc) ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void** out, size_t alignment, size_t size) {
  if (fails(kMalloc)) return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out == NULL ? ENOMEM : 0;
}

#define NEXT(type, name, ...)                                                                                                                        \
  static type (*next)(__VA_ARGS__) = NULL;                                                                                                           \
  if (next == NULL) *(void**)&next = dlsym(RTLD_NEXT, name)

static int open_at(int folder, const char* path, int flags, int mode) {
  arm_at(path);
  return fails(kOpen) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}
// Defines a function with the parameters (FIRST..., const char* path, int flags, ...).
#define OPEN(name, folder, ...)                                                                                                                      \
  int name(__VA_ARGS__ const char* path, int flags, ...) {                                                                                           \
    va_list rest;                                                                                                                                    \
    va_start(rest, flags);                                                                                                                           \
    const int mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;                                                                 \
    va_end(rest);                                                                                                                                    \
    return open_at(folder, path, flags, mode);                                                                                                       \
  }
#define COMMA ,
OPEN(open, AT_FDCWD)
OPEN(open64, AT_FDCWD)
OPEN(openat, folder, int folder COMMA)
OPEN(openat64, folder, int folder COMMA)
FILE* fopen(const char* path, const char* mode) {
  NEXT(FILE*, "fopen", const char*, const char*);
  return fails(kOpen) ? NULL : next(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  return fopen(path, mode);
}
void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  if (fd >= 0 && fails(kMmap)) return MAP_FAILED; // without a file it is malloc's
  return (void*)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  return mmap(at, size, protection, flags, fd, offset);
}

static size_t shortened(size_t size) {
  return short_reads && size > 1 ? 1 + size / 3 : size;
}
ssize_t read(int fd, void* to, size_t size) {
  return fails(kRead) ? -1 : syscall(SYS_read, fd, to, shortened(size));
}
ssize_t pread(int fd, void* to, size_t size, off_t offset) {
  return fails(kRead) ? -1 : syscall(SYS_pread64, fd, to, shortened(size), offset);
}
ssize_t pread64(int fd, void* to, size_t size, off_t offset) {
  return pread(fd, to, size, offset);
}
static size_t written_of(size_t size) {
  return short_writes && size > 1 ? 1 + size / 3 : size;
}
ssize_t write(int fd, const void* from, size_t size) {
  if (fd == STDERR_FILENO) return syscall(SYS_write, fd, from, size);
  return fails(kWrite) ? -1 : syscall(SYS_write, fd, from, written_of(size));
}
ssize_t writev(int fd, const struct iovec* from, int n) {
  if (fd == STDERR_FILENO) return syscall(SYS_writev, fd, from, n);
  return fails(kWrite) ? -1 : syscall(SYS_writev, fd, from, (int)written_of((size_t)n));
}
size_t fwrite(const void* from, size_t size, size_t n, FILE* file) {
  NEXT(size_t, "fwrite", const void*, size_t, size_t, FILE*);
  return file != stderr && fails(kWrite) ? 0 : next(from, size, n, file);
}
int fflush(FILE* file) {
  NEXT(int, "fflush", FILE*);
  return file != stderr && fails(kWrite) ? EOF : next(file);
}
int ftruncate(int fd, off_t size) {
  return fails(kWrite) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}
int ftruncate64(int fd, off_t size) {
  return ftruncate(fd, size);
}
int fsync(int fd) {
  return fails(kSync) ? -1 : (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
  return fails(kSync) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
int fclose(FILE* file) {
  NEXT(int, "fclose", FILE*);
  const int closed = next(file);
  return fails(kSync) ? EOF : closed;
}
int rename(const char* from, const char* to) {
  return fails(kRename) ? -1 : (int)syscall(SYS_rename, from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return fails(kRename) ? -1 : (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return fails(kRename) ? -1 : (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

static int stat_at(int folder, const char* path, void* to, int flags) {
  return fails(kStat) ? -1 : (int)syscall(SYS_newfstatat, folder, path, to, flags);
}
int stat(const char* path, struct stat* to) {
  return stat_at(AT_FDCWD, path, to, 0);
}
int stat64(const char* path, struct stat64* to) { // of the same form on 64-bit systems
  return stat_at(AT_FDCWD, path, to, 0);
}
int lstat(const char* path, struct stat* to) {
  return stat_at(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}
int fstat(int fd, struct stat* to) {
  return stat_at(fd, "", to, AT_EMPTY_PATH);
}
int fstat64(int fd, struct stat64* to) {
  return stat_at(fd, "", to, AT_EMPTY_PATH);
}
int fstatat(int folder, const char* path, struct stat* to, int flags) {
  return stat_at(folder, path, to, flags);
}
int fstatat64(int folder, const char* path, struct stat64* to, int flags) {
  return stat_at(folder, path, to, flags);
}
struct dirent* readdir(DIR* folder) {
  NEXT(struct dirent*, "readdir", DIR*);
  return fails(kReaddir) ? NULL : next(folder);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*f)(void*), void* argument) {
  NEXT(int, "pthread_create", pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  return fails(kThread) ? fault_errno : next(thread, attributes, f, argument);
}
