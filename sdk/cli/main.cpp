#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/exit_status.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace {

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

int answer(const avow::cli::Answer& answer) {
  std::fprintf(answer.status == 0 ? stdout : stderr, "%s\n", answer.text.c_str());
  return answer.status;
}

}  // namespace

int main(int count, char** words) {
  using namespace avow::cli;
  ignore_broken_pipes();
  try {
    auto parsed = parse_arguments({words + 1, words + count}, environment);
    if (const auto* said = std::get_if<Answer>(&parsed)) return answer(*said);
    return std::visit([](auto&& options) { return run(std::forward<decltype(options)>(options)); },
                      std::get<Invocation>(std::move(parsed)));
  } catch (const std::exception& problem) {
    complain(std::string("a bug in avow itself: ") + problem.what());
    return status_refused;
  }
}
