#include <algorithm>
#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <sys/stat.h>
#include <variant>

#include "server/file_tasks.hpp"
#include "server/options.hpp"
#include "server/serving.hpp"

// `avowd`: reads what it is told, and serves or does one task on a file.

namespace {

using namespace avow;
using namespace avow::server;

// Every connection takes a descriptor, and the limit of most shells is far below what we serve.
void raise_descriptor_limit() {
  constexpr rlim_t wanted = 65'536;
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  const std::variant<ServerOptions, EndNow> options = read_options(argc, argv);
  if (const auto* const end = std::get_if<EndNow>(&options)) {
    if (end->status != 0) return fail(end->status, end->text);
    std::fputs(end->text.c_str(), stdout);
    return 0;
  }
  const auto& given = std::get<ServerOptions>(options);
  if (const Result<void> good = check_options(given); !good) return fail(2, good.error().detail);
  umask(077);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // A write beyond the limit then fails, which is dealt with.
  raise_descriptor_limit();
  return given.task == FileTask::none ? serve(given) : run_file_task(given);
}
