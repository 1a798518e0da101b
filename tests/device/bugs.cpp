// Checks that every planted bug is reported and that every kernel without its bug is clean.
// SPDX-License-Identifier: MIT
//
// test_device_bugs                     all bugs that this build must report, and all correct kernels; each run is a separate process
// test_device_bugs NAME SCHEDULE       one run of a bug; NAME `right`: of all correct kernels
#include "tests/device/bugs.h"

#include "device/emulator/schedule.h"
#include "tensor/error.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#elif __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

using namespace pose;
using namespace pose::bugs;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr char kBuild[] = "AddressSanitizer and UndefinedBehaviorSanitizer";
constexpr const char* Bug::*kExpected = &Bug::asan;
#elif defined(__SANITIZE_THREAD__)
constexpr char kBuild[] = "ThreadSanitizer";
constexpr const char* Bug::*kExpected = &Bug::tsan;
#else
constexpr char kBuild[] = "plain";
constexpr const char* Bug::*kExpected = &Bug::plain;
#endif

std::vector<Bug> all_bugs() {
  std::vector<Bug> all;
  for (const auto& some : {barrier_bugs, memory_bugs, copy_bugs, hopper_bugs}) all.insert(all.end(), some.begin(), some.end());
  return all;
}

// Runs in a separate process.  Returns 0 for a correct result, 1 for a wrong one, 2 for an error; sanitizers use other exit codes.
int run_one(const std::string& name, std::size_t schedule) {
  simt::use(simt::kSchedules[schedule]);
  try {
    for (const Bug& bug : all_bugs()) {
      const bool right = name == "right";
      if (!right && name != bug.name) continue;
      if (bug.run(!right)) continue;
      fmt::print("{}: {}\n", bug.name, kWrong);
      return 1;
    }
  } catch (const Error& e) {
    fmt::print("{}\n", e.what());
    return 2;
  }
  return 0;
}

struct Outcome {
  bool clean = false;
  std::string said;
};
Outcome run_in_process(const char* name, std::size_t schedule) {
  constexpr unsigned kSeconds = 120;
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) fail("pipe: {}", std::strerror(errno));
  const pid_t child = fork();
  if (child < 0) fail("fork: {}", std::strerror(errno));
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    alarm(kSeconds);
    execl("/proc/self/exe", "test_device_bugs", name, std::to_string(schedule).c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  Outcome outcome;
  std::array<char, 4096> part{};
  for (ssize_t n = 0; (n = read(ends[0], part.data(), part.size())) > 0;) outcome.said.append(part.data(), std::size_t(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.clean = WIFEXITED(status) && WEXITSTATUS(status) == 0 && outcome.said.empty();
  return outcome;
}

bool is_noticed(const Bug& bug) {
  const char* const expected = bug.*kExpected;
  std::string said;
  for (std::size_t s = 0; s < std::size(simt::kSchedules); s++) {
    const Outcome outcome = run_in_process(bug.name, s);
    if (!outcome.clean && outcome.said.find(expected) != std::string::npos) {
      fmt::print("{:<32} schedule {}: {}\n", bug.name, s, expected);
      return true;
    }
    said += fmt::format("  schedule {}: {}\n", s, outcome.clean ? "nothing" : outcome.said.substr(0, 2000));
  }
  fmt::print("{:<32} NOT NOTICED: expected \"{}\", found\n{}", bug.name, expected, said);
  return false;
}

int run_all() {
  setenv("ASAN_OPTIONS", "detect_leaks=0", 1); // an abandoned kernel frees nothing
  setenv("UBSAN_OPTIONS", "halt_on_error=1", 1);
  setenv("TSAN_OPTIONS", "halt_on_error=1", 1);
  int missed = 0, noticed = 0;
  for (const Bug& bug : all_bugs()) {
    if (bug.plain == nullptr && bug.asan == nullptr && bug.tsan == nullptr) fail("{}: no build has to notice it", bug.name);
    if (bug.*kExpected == nullptr) continue;
    (is_noticed(bug) ? noticed : missed)++;
  }
  int unclean = 0;
  for (std::size_t s = 0; s < std::size(simt::kSchedules); s++) {
    const Outcome outcome = run_in_process("right", s);
    if (outcome.clean) continue;
    fmt::print("right kernels, schedule {}: expected nothing, found\n{}\n", s, outcome.said);
    unclean++;
  }
  fmt::print("{} bugs, {} of them for this build ({}): {} noticed, {} missed; all kernels without their bugs: {} of {} schedules clean\n",
             all_bugs().size(), noticed + missed, kBuild, noticed, missed, std::size(simt::kSchedules) - std::size_t(unclean),
             std::size(simt::kSchedules));
  return missed > 0 || unclean > 0 ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3) return run_one(argv[1], std::size_t(std::atoi(argv[2])) % std::size(simt::kSchedules));
    return run_all();
  } catch (const Error& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
