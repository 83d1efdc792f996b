#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <variant>
#include <vector>

#include "server/control.hpp"
#include "server/durability.hpp"
#include "server/file_tasks.hpp"
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

std::uint64_t wall_clock_ms() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count());
}

Result<EngineOptions> engine_options(const ServerOptions& options, Durability& durability) {
  EngineOptions engine;
  engine.hash_key = random_hash_key();
  engine.journal = &durability.journal();
  engine.journal_level = durability.level();
  engine.wall_ms = wall_clock_ms();
  engine.relaxed_spaces = {options.relaxed_spaces.begin(), options.relaxed_spaces.end()};
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

std::string where_state_is(const Durability& durability) {
  if (durability.level() == Level::durable) return "durable facts are in " + durability.place();
  return "in memory: what is put lasts as long as this server";
}

// For people, what to try next. The command line finds the default address without being told.
void say_what_next(const std::string& url, const ServerOptions& options,
                   const Durability& durability) {
  const std::string there = options.websocket.empty() ? "" : "--url " + url + " ";
  const std::string page = "http" + url.substr(url.find("://")) + "/";
  std::fprintf(stderr,
               "%s\n"
               "  watch    avow watch %s'<temperature $room _>'\n"
               "  publish  avow publish %s'<temperature \"kitchen\" 21.5>'\n"
               "  browse   %s\n",
               where_state_is(durability).c_str(), there.c_str(), there.c_str(), page.c_str());
  if (options.key_file) {
    std::fprintf(stderr,
                 "each needs a reference signed with the key: avow cap mint --key-file %s\n",
                 options.key_file->c_str());
  }
}

// Recovery of many rows takes a while: whoever waits is told how far it is.
Result<void> recover(Engine& engine) {
  constexpr std::uint64_t worth_telling = 100'000;
  AVOW_TRY(const HistoryStart start, engine.recover([](std::uint64_t rows, std::uint64_t of) {
    if (of < worth_telling) return;
    std::fprintf(stderr, "recovering: %llu of %llu\n", static_cast<unsigned long long>(rows),
                 static_cast<unsigned long long>(of));
  }));
  AVOW_CHECK(start.epoch != 0);
  return {};
}

// Without it the server serves all the same: backups can be made when it is stopped.
std::unique_ptr<Control> open_control(Transport& transport, Durability& durability,
                                      const Log& log) {
  if (durability.level() != Level::durable) return nullptr;
  Result<std::unique_ptr<Control>> control = Control::listen(
      transport, durability.place(), [&durability](std::string file, auto progress, auto done) {
        durability.back_up(std::move(file), std::move(progress), std::move(done));
      });
  if (control) return *std::move(control);
  log(Severity::warning, "no backups while this server runs: " + control.error().detail);
  return nullptr;
}

int serve(const ServerOptions& options) {
  const Result<std::unique_ptr<Durability>> durability = Durability::open(options);
  if (!durability) return fail(1, durability.error().detail);
  Result<EngineOptions> of_engine = engine_options(options, **durability);
  if (!of_engine) return fail(1, of_engine.error().detail);
  const Log log = log_to_stderr();
  Engine engine(std::move(*of_engine));
  if (const Result<void> done = recover(engine); !done) return fail(1, done.error().detail);
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
  const std::unique_ptr<Control> control = open_control(transport, **durability, log);
  transport.shut_down_on_signals();
  transport.every(tick_interval, [&engine](Moment now) { engine.tick(now); });
  transport.on_time([&engine] { return engine.next_deadline(); },
                    [&engine](Moment now) { engine.tick(now); });
  (*durability)->start(engine, transport, log);
  say_where(*urls);
  say_what_next(urls->front(), options, **durability);
  if (options.open && !options.key_file) {
    log(Severity::warning, "open, and without a key: whoever reaches the server may do anything");
  }
  transport.run();
  const Result<void> closed = (*durability)->close(engine.last_number());
  return closed ? 0 : fail(1, closed.error().detail);
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
