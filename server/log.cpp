#include "server/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace avow::server {
namespace {

spdlog::level::level_enum level_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return spdlog::level::debug;
    case Severity::info:
      return spdlog::level::info;
    case Severity::warning:
      return spdlog::level::warn;
    case Severity::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

Log log_to_stderr() {
  const auto logger = spdlog::stderr_logger_st("avowd");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  return [logger](Severity severity, std::string_view line) {
    logger->log(level_of(severity), spdlog::string_view_t(line.data(), line.size()));
  };
}

}  // namespace avow::server
