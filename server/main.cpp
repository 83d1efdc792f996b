#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <variant>
#include <vector>

#include "server/inspect/pages.hpp"
#include "server/log.hpp"
#include "server/options.hpp"
#include "server/secrets.hpp"
#include "server/session/conversation.hpp"
#include "server/transport/transport.hpp"

// `avowd`: builds every part, hands each to whoever needs it, and serves.

namespace {

using namespace avow;
using namespace avow::server;

constexpr std::uint16_t default_port = 7370;
constexpr Milliseconds tick_interval{250};

int fail(int status, const std::string& sentence) {
  std::fprintf(stderr, "avowd: %s\n", sentence.c_str());
  return status;
}

// Every connection takes a descriptor, and the limit of most shells is far below what we serve.
void raise_descriptor_limit() {
  constexpr rlim_t wanted = 65'536;
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<EngineOptions> engine_options(const ServerOptions& options) {
  EngineOptions engine;
  engine.hash_key = random_hash_key();
  do {
    engine.epoch = random_bits();
  } while (engine.epoch == 0);
  if (options.key_file) {
    AVOW_TRY(engine.server_key, read_key(*options.key_file));
  }
  return engine;
}

// By default on both loopback addresses; but a machine may have no IPv6.
Result<void> listen_by_default(Transport& transport, std::vector<std::string>& urls) {
  AVOW_TRY(std::string url, transport.listen_websocket({"127.0.0.1", default_port}));
  urls.push_back(std::move(url));
  Result<std::string> second = transport.listen_websocket({"::1", default_port});
  if (!second && second.error().code == "address-missing") return {};
  if (!second) return std::move(second).error();
  urls.push_back(std::move(*second));
  return {};
}

Result<std::vector<std::string>> listen(Transport& transport, const ServerOptions& options) {
  std::vector<std::string> urls;
  if (options.websocket.empty()) AVOW_TRY_VOID(listen_by_default(transport, urls));
  for (const Address& address : options.websocket) {
    AVOW_TRY(std::string url, transport.listen_websocket(address));
    urls.push_back(std::move(url));
  }
  for (const Address& address : options.tcp) {
    AVOW_TRY(std::string url, transport.listen_tcp(address));
    urls.push_back(std::move(url));
  }
  for (const std::filesystem::path& path : options.unix_sockets) {
    AVOW_TRY(std::string url, transport.listen_unix(path));
    urls.push_back(std::move(url));
  }
  return urls;
}

// One line each for scripts, flushed at once: whoever starts us waits for them.
void say_where(const std::vector<std::string>& urls) {
  for (const std::string& url : urls) {
    std::printf("listening %s\n", url.c_str());
    std::fflush(stdout);
  }
}

// For people, what to try next. The command line finds the default address without being told.
void say_what_next(const std::string& url, const ServerOptions& options) {
  const std::string there = options.websocket.empty() ? "" : "--url " + url + " ";
  const std::string page = "http" + url.substr(url.find("://")) + "/";
  std::fprintf(stderr,
               "in memory: a fact lasts as long as whoever publishes it, and this server\n"
               "  watch    avow watch %s'<temperature $room _>'\n"
               "  publish  avow publish %s'<temperature \"kitchen\" 21.5>'\n"
               "  browse   %s\n",
               there.c_str(), there.c_str(), page.c_str());
  if (options.key_file) {
    std::fprintf(stderr,
                 "each needs a reference signed with the key: avow cap mint --key-file %s\n",
                 options.key_file->c_str());
  }
}

int serve(const ServerOptions& options) {
  Result<EngineOptions> of_engine = engine_options(options);
  if (!of_engine) return fail(1, of_engine.error().detail);
  const Log log = log_to_stderr();
  Engine engine(std::move(*of_engine));
  Pages pages(engine);
  Transport transport(
      {.limits = {},
       .policy = {.host_names = options.host_names, .origins = options.origins},
       .log = log},
      [&engine](Protocol protocol, Peer peer, Shell& shell, Moment now) {
        return open_conversation(engine, protocol, std::move(peer), shell, now);
      },
      [&pages](const HttpRequest& request) { return pages.answer(request); });
  pages.watch(transport);
  const Result<std::vector<std::string>> urls = listen(transport, options);
  if (!urls) return fail(1, urls.error().detail);
  transport.shut_down_on_signals();
  transport.every(tick_interval, [&engine](Moment now) { engine.tick(now); });
  say_where(*urls);
  say_what_next(urls->front(), options);
  if (options.open && !options.key_file) {
    log(Severity::warning, "open, and without a key: whoever reaches the server may do anything");
  }
  transport.run();
  return 0;
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
  raise_descriptor_limit();
  return serve(given);
}
