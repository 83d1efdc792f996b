#include <utility>

#include "cli/program.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {

int run(ServeOptions options) { return become_avowd(std::move(options.arguments)); }

}  // namespace avow::cli
