#include "cli/exit_status.hpp"

#include <cstdio>

namespace avow::cli {

int status_of(const Error& error) {
  if (error.code == "no-server" || error.code == "link-down") return status_no_server;
  if (error.code == "outcome-unknown") return status_unknown_outcome;
  if (error.code == "timeout") return status_timeout;
  if (error.code == "bad-options" || error.code == "usage") return status_usage;
  return status_refused;
}

void complain(const std::string& sentence) {
  const std::string line = "avow: " + sentence + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace avow::cli
