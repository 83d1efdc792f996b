#include "cli/exit_status.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {

int run(DurableOptions options) {
  complain(options.verb +
           " needs durable state, which this version does not have: its facts last as long as "
           "whoever publishes them (avow publish)");
  return status_refused;
}

}  // namespace avow::cli
