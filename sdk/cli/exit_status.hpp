#pragma once

#include "avow/base/result.hpp"

// How the command ends. Scripts rely on these numbers.

namespace avow::cli {

enum Status : int {
  status_done = 0,
  status_refused = 1,  ///< By the server; also a query with `-e` that found nothing.
  status_usage = 2,
  status_no_server = 3,
  status_unknown_outcome = 4,  ///< Sent, and the link went before the answer.
  status_timeout = 5,
  status_interrupted = 128,  ///< Plus the number of the signal.
};

/// The status that tells this error to a script.
[[nodiscard]] int status_of(const Error& error);

/// Says one sentence on stderr, as every complaint of the command is said.
void complain(const std::string& sentence);

}  // namespace avow::cli
