#include "server/serving.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/control.hpp"
#include "server/durability.hpp"
#include "server/inspect/pages.hpp"
#include "server/log.hpp"
#include "server/memory_thread.hpp"
#include "server/recovery_thread.hpp"
#include "server/secrets.hpp"
#include "server/session/conversation.hpp"
#include "server/session/limits.hpp"
#include "server/session/resumable_sessions.hpp"
#include "server/transport/transport.hpp"

namespace avow::server {
namespace {

constexpr std::uint16_t default_port = 7370;
constexpr Milliseconds tick_interval{250};

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

// Nobody may guess a resume token.
Bytes random_key() {
  Bytes key(32);
  for (std::size_t i = 0; i < key.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = random_bits();
    std::memcpy(key.data() + i, &bits, sizeof bits);
  }
  return key;
}

std::optional<Moment> earlier(std::optional<Moment> one, std::optional<Moment> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
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

// The parts of a server that serves, in the order in which each needs those before it.
class Serving {
 public:
  Serving(const ServerOptions& options, std::unique_ptr<Durability> durability,
          EngineOptions of_engine)
      : options_(options), durability_(std::move(durability)), engine_(std::move(of_engine)) {
    pages_.watch(transport_);
    pages_.recovering(progress_);
    transport_.hold_conversations(
        "The server is still recovering what it kept; come back in a moment.");
  }

  Result<void> run() {
    AVOW_TRY(urls_, listen(transport_, options_));
    transport_.shut_down_on_signals();
    const RecoveryThread recovery(engine_, transport_, progress_,
                                  [this](const Result<void>& result) { recovered(result); });
    transport_.run();
    sessions_.end_all();
    if (failure_) return *failure_;
    // Nothing has been written yet: there is no need to wait for what is still read.
    if (!is_ready_) std::quick_exit(0);
    return durability_->close(engine_.last_number());
  }

 private:
  void recovered(const Result<void>& result) {
    if (!result) {
      failure_ = result.error();
      return transport_.shut_down();
    }
    is_ready_ = true;
    pages_.recovered();
    if (transport_.shutting_down()) return;
    control_ = open_control();
    durability_->start(engine_, transport_, log_);
    drive_engine();
    transport_.begin_conversations();
    say_where(urls_);
    say_what_next(urls_.front(), options_, *durability_);
    if (options_.open && !options_.key_file) {
      log_(Severity::warning,
           "open, and without a key: whoever reaches the server may do anything");
    }
  }

  void drive_engine() {
    transport_.every(tick_interval, [this](Moment now) { pass_time(now); });
    transport_.on_time([this] { return earlier(engine_.next_due(), sessions_.next_deadline()); },
                       [this](Moment now) { pass_time(now); });
    transport_.go_on_in_steps([this] { return engine_.has_steps(); },
                              [this](Moment now) { engine_.tick(now); });
    transport_.hold_input_while(
        [this] { return engine_.held_bytes() > engine_.limits().held_bytes_max; });
  }

  void pass_time(Moment now) {
    engine_.pass_time(now);
    sessions_.tick(now);
  }

  // Without it the server serves all the same: backups can be made when it is stopped.
  std::unique_ptr<Control> open_control() {
    if (durability_->level() != Level::durable) return nullptr;
    Result<std::unique_ptr<Control>> control = Control::listen(
        transport_, durability_->place(), [this](std::string file, auto progress, auto done) {
          durability_->back_up(std::move(file), std::move(progress), std::move(done));
        });
    if (control) return *std::move(control);
    log_(Severity::warning, "no backups while this server runs: " + control.error().detail);
    return nullptr;
  }

  MemoryThread memory_;  // First, so that it goes last.
  const ServerOptions& options_;
  const Log log_ = log_to_stderr();
  std::unique_ptr<Durability> durability_;
  Engine engine_;
  ResumableSessions sessions_{random_key(), {.grace_max = options_.grace_max}};
  OutboxBudget outboxes_{.bytes_max = options_.queue_bytes_max};
  const ConversationLimits limits_{.outboxes = &outboxes_};
  RecoveryProgress progress_;
  Pages pages_{engine_};
  Transport transport_{{.limits = {},
                        .policy = {.host_names = options_.host_names, .origins = options_.origins},
                        .log = log_,
                        .spin = options_.spin},
                       [this](Protocol protocol, Peer peer, Shell& shell, Moment now) {
                         return open_conversation(engine_, sessions_, protocol, std::move(peer),
                                                  shell, now, limits_);
                       },
                       [this](const HttpRequest& request) { return pages_.answer(request); }};
  std::unique_ptr<Control> control_;
  std::vector<std::string> urls_;
  bool is_ready_ = false;         // The engine belongs to the transport's thread.
  std::optional<Error> failure_;  // Of the recovery.
};

}  // namespace

int fail(int status, const std::string& sentence) {
  std::fprintf(stderr, "avowd: %s\n", sentence.c_str());
  return status;
}

int serve(const ServerOptions& options) {
  Result<std::unique_ptr<Durability>> durability = Durability::open(options);
  if (!durability) return fail(1, durability.error().detail);
  Result<EngineOptions> of_engine = engine_options(options, **durability);
  if (!of_engine) return fail(1, of_engine.error().detail);
  Serving serving(options, std::move(*durability), std::move(*of_engine));
  const Result<void> ended = serving.run();
  return ended ? 0 : fail(1, ended.error().detail);
}

}  // namespace avow::server
