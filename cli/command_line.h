// Options of a program, parsed by CLI11.  Only command_line.cpp includes CLI11's header, which takes five seconds to compile.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace pose::apps {

// Refers to one option of a CommandLine.  Each method returns the option.
class Option {
public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option required(bool is = true) const;
  Option range(int least, int most) const;
  Option range(std::int64_t least, std::int64_t most) const;
  Option range(double least, double most) const;
  Option positive() const;
  Option one_of(std::vector<std::string> values) const;
  Option expected(int least, int most) const;         // number of values
  Option show_default() const;                        // in --help: the value that the variable has now
  Option show_default(const std::string& text) const; // and the value where the option is given without one
  Option excludes(Option other) const;
  Option needs(Option other) const;
  Option hide() const; // from --help

private:
  CLI::Option* option_;
};

// A program's command line, or that of one of its commands.  Adds options whose values go to variables, which must outlive parse().
class CommandLine {
public:
  CommandLine(const std::string& program, const std::string& description);
  ~CommandLine();
  CommandLine(CommandLine&&) noexcept;

  // Adds `program NAME ...`.  The program then needs one of its commands.
  CommandLine command(const std::string& name, const std::string& help);

  // A name without dashes belongs to a positional argument.  Numbers must be finite.
  Option option(const std::string& name, std::string& value, const std::string& help);
  Option option(const std::string& name, int& value, const std::string& help);
  Option option(const std::string& name, std::int64_t& value, const std::string& help);
  Option option(const std::string& name, float& value, const std::string& help);
  Option option(const std::string& name, double& value, const std::string& help);
  Option option(const std::string& name, std::optional<int>& value, const std::string& help);
  Option option(const std::string& name, std::optional<float>& value, const std::string& help);
  Option option(const std::string& name, std::optional<double>& value, const std::string& help);
  Option option(const std::string& name, std::vector<std::string>& values, const std::string& help);
  Option flag(const std::string& name, bool& value, const std::string& help);
  // Calls `given` when the option is parsed, with its value, or with "" where it has none.
  Option callback(const std::string& name, bool has_value, std::function<void(const std::string&)> given, const std::string& help = "");

  // Adds --version and parses.  Returns the exit code where the program is done: after --help, --version or a mistake, which it prints.
  std::optional<int> parse(int argc, char** argv);

  // After parse().
  explicit operator bool() const;            // whether this command was chosen
  bool has(const std::string& option) const; // whether it was given, here or to the command that was chosen
  std::vector<std::string> given() const;    // the names of the options that were given
  const std::string& program() const;

private:
  explicit CommandLine(CLI::App* command);

  std::unique_ptr<CLI::App> own_; // none: a command, which its program owns
  CLI::App* app_;
};

} // namespace pose::apps
