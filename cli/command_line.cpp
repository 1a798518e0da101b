// Implements command_line.h.
// SPDX-License-Identifier: MIT
#include "cli/command_line.h"
#include "cli/console.h"
#include "cli/program.h"
#include "tensor/standard_output.h"

#include <CLI/CLI.hpp>
#include <alphapose/version.h>
#include <fmt/core.h>

#include <cmath>
#include <sstream>

namespace pose::apps {
namespace {

// CLI11 takes a value [a,b] for the values a and b.  So this mark goes before such an argument, and is removed from the value.
constexpr char kMark = 1;

std::string with_mark(const std::string& argument) {
  return argument.starts_with('[') ? kMark + argument : argument;
}

Option added(CLI::Option* option) {
  return Option(option->transform(CLI::Validator(
      [](std::string& value) {
        if (value.starts_with(kMark)) value.erase(0, 1);
        return std::string();
      },
      "")));
}

// Adds an option for a real number.  strtod also reads nan and inf, which no range check refuses.
template <class T> Option real(CLI::App& app, const std::string& name, T& value, const std::string& help) {
  const auto check = [](const std::string& text) {
    double number = 0;
    return !CLI::detail::lexical_cast(text, number) || std::isfinite(number) ? "" : fmt::format("expected a finite number, found {}", text);
  };
  return added(app.add_option(name, value, help)->check(CLI::Validator(check, "")));
}

} // namespace

Option Option::required(bool is) const {
  return Option(option_->required(is));
}

Option Option::range(int least, int most) const {
  return Option(option_->check(CLI::Range(least, most)));
}

Option Option::range(std::int64_t least, std::int64_t most) const {
  return Option(option_->check(CLI::Range(least, most)));
}

Option Option::range(double least, double most) const {
  return Option(option_->check(CLI::Range(least, most)));
}

Option Option::positive() const {
  return Option(option_->check(CLI::PositiveNumber));
}

Option Option::one_of(std::vector<std::string> values) const {
  return Option(option_->check(CLI::IsMember(std::move(values))));
}

Option Option::expected(int least, int most) const {
  return Option(option_->expected(least, most));
}

Option Option::show_default() const {
  return Option(option_->capture_default_str());
}

Option Option::show_default(const std::string& text) const {
  return Option(option_->default_str(text));
}

Option Option::excludes(Option other) const {
  return Option(option_->excludes(other.option_));
}

Option Option::needs(Option other) const {
  return Option(option_->needs(other.option_));
}

Option Option::hide() const {
  return Option(option_->group(""));
}

CommandLine::CommandLine(const std::string& program, const std::string& description)
    : own_(std::make_unique<CLI::App>(description, program)), app_(own_.get()) {}
CommandLine::CommandLine(CLI::App* command) : app_(command) {}
CommandLine::~CommandLine() = default;
CommandLine::CommandLine(CommandLine&&) noexcept = default;

CommandLine CommandLine::command(const std::string& name, const std::string& help) {
  app_->require_subcommand(1);
  return CommandLine(app_->add_subcommand(name, help));
}

Option CommandLine::option(const std::string& name, std::string& value, const std::string& help) {
  return added(app_->add_option(name, value, help));
}
Option CommandLine::option(const std::string& name, int& value, const std::string& help) {
  return added(app_->add_option(name, value, help));
}
Option CommandLine::option(const std::string& name, std::int64_t& value, const std::string& help) {
  return added(app_->add_option(name, value, help));
}
Option CommandLine::option(const std::string& name, float& value, const std::string& help) {
  return real(*app_, name, value, help);
}
Option CommandLine::option(const std::string& name, double& value, const std::string& help) {
  return real(*app_, name, value, help);
}
Option CommandLine::option(const std::string& name, std::optional<int>& value, const std::string& help) {
  return added(app_->add_option(name, value, help));
}
Option CommandLine::option(const std::string& name, std::optional<float>& value, const std::string& help) {
  return real(*app_, name, value, help);
}
Option CommandLine::option(const std::string& name, std::optional<double>& value, const std::string& help) {
  return real(*app_, name, value, help);
}
Option CommandLine::option(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  return added(app_->add_option(name, values, help));
}
Option CommandLine::flag(const std::string& name, bool& value, const std::string& help) {
  return Option(app_->add_flag(name, value, help));
}
Option CommandLine::callback(const std::string& name, bool has_value, std::function<void(const std::string&)> given, const std::string& help) {
  if (!has_value)
    return Option(app_->add_flag_callback(
        name, [given = std::move(given)] { given(""); }, help));
  return added(app_->add_option_function<std::string>(name, std::move(given), help));
}

std::optional<int> CommandLine::parse(int argc, char** argv) {
  app_->set_version_flag("--version", fmt::format("{} {}", program(), alphapose::version()));
  std::vector<std::string> arguments;
  for (int i = 0; i < argc; i++) arguments.push_back(with_mark(argv[i]));
  std::vector<const char*> marked;
  for (const std::string& argument : arguments) marked.push_back(argument.c_str());
  try {
    app_->parse(argc, marked.data());
  } catch (const CLI::Success& e) { // --help, --version
    std::ostringstream text;
    app_->exit(e, text, text);
    write_out(text.str());
    return kDone;
  } catch (const CLI::ParseError& e) {
    say("{}: {} (--help lists the options)\n", program(), e.what());
    return kUsage;
  }
  return std::nullopt;
}

CommandLine::operator bool() const {
  return app_->parsed();
}

bool CommandLine::has(const std::string& option) const {
  const std::vector<CLI::App*> commands = app_->get_subcommands(); // those that were chosen
  const CLI::Option* const found = (commands.empty() ? app_ : commands[0])->get_option_no_throw(option);
  return found != nullptr && found->count() > 0;
}

std::vector<std::string> CommandLine::given() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options()) {
    if (option->count() > 0) names.push_back(option->get_name());
  }
  return names;
}

const std::string& CommandLine::program() const {
  return app_->get_name();
}

} // namespace pose::apps
