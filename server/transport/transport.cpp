#include "server/transport/transport.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include "server/transport/conversation_driver.hpp"
#include "server/transport/listener.hpp"
#include "server/transport/listening.hpp"
#include "server/transport/shared.hpp"
#include "server/transport/steps.hpp"

namespace avow::server {

class Transport::Implementation {
 public:
  Implementation(TransportOptions options, OpenConversation open, AnswerHttp answer)
      : shared_(std::move(options), std::move(open), std::move(answer)),
        signals_(shared_.io),
        drained_(shared_.io.get_executor(), [this](Moment) { cut_all(); }),
        clock_(shared_.io.get_executor(), [this](Moment now) { shared_.ring(now); }) {}

  ~Implementation() {
    shared_.all_gone = nullptr;
    stop_listening();
    cut_all();
    // Lets the handlers of what was cut run, so that every connection is gone before what it uses.
    shared_.io.restart();
    shared_.io.poll();
  }

  Result<std::string> listen(const Address& address, Listener::Serve serve,
                             std::string_view no_place, std::string_view scheme) {
    AVOW_TRY(Acceptor acceptor, listen_on(shared_.io, address));
    const Address got = address_of(acceptor);
    const auto reach =
        is_loopback(address) ? Listener::Reach::this_machine : Listener::Reach::others;
    add_listener(std::move(acceptor), {serve, no_place, reach});
    return std::string(scheme) + "://" + host_and_port(got);
  }

  Result<std::string> listen(const std::filesystem::path& path) {
    AVOW_TRY(Acceptor acceptor, listen_on(shared_.io, path));
    socket_files_.push_back(std::filesystem::absolute(path));
    add_listener(std::move(acceptor),
                 {serve_stream, stream_no_place, Listener::Reach::this_machine});
    return "unix:" + path.string();
  }

  void begin_conversations() {
    shared_.not_begun.clear();
    for (const auto& listener : std::exchange(waiting_listeners_, {})) {
      if (!shutting_down_) listener->start();
    }
  }

  void shut_down_on_signals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    await_signal();
  }

  void shut_down() {
    if (std::exchange(shutting_down_, true)) return;
    shared_.options.log(Severity::info, "shutting down");
    stop_listening();
    if (on_shutdown_) on_shutdown_();
    work_.reset();
    // Saying farewell may end connections at once, and take them out of the list.
    for (auto next = shared_.connections.begin(); next != shared_.connections.end();) {
      (*next++)->shut_down();
    }
    drained_.set(std::chrono::steady_clock::now() + shared_.options.limits.drain_time_max,
                 std::weak_ptr<bool>(alive_));
    shared_.all_gone = [this] { let_the_loop_end(); };
    if (shared_.connections.empty()) let_the_loop_end();
  }

  void every(Milliseconds interval, std::function<void(Moment)> work) {
    periodicals_.push_back(std::make_unique<Periodical>(shared_, interval, std::move(work)));
  }

  void on_time(std::function<std::optional<Moment>()> due, std::function<void(Moment)> ring) {
    shared_.due = std::move(due);
    shared_.ring = std::move(ring);
  }

  void go_on_in_steps(std::function<bool()> are_left, std::function<void(Moment)> step) {
    steps_ = Steps(std::move(are_left), std::move(step));
  }

  void on_shutdown(std::function<void()> work) { on_shutdown_ = std::move(work); }

  [[nodiscard]] bool shutting_down() const { return shutting_down_; }

  void run() {
    shared_.io.restart();
    do {
      wind_clock();
      resume_input();
    } while (steps_.are_left() ? run_step_or_other() : run_next());
  }

  Shared& shared() { return shared_; }
  [[nodiscard]] const Shared& shared() const { return shared_; }

 private:
  // To be woken takes longer than most of what there is to do. Whoever else wants this processor
  // may be the one that is waited for.
  bool run_next() {
    if (shared_.options.spin.count() == 0) return shared_.io.run_one() > 0;
    const Moment sleep_at = std::chrono::steady_clock::now() + shared_.options.spin;
    do {
      if (shared_.io.poll_one() > 0) return true;
      if (shared_.io.stopped()) return false;
      std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < sleep_at);
    return shared_.io.run_one() > 0;
  }

  // Others first: `poll_one` finds out whether there is anything.
  bool run_step_or_other() {
    const bool is_idle = shared_.io.poll_one() == 0;
    if (shared_.io.stopped()) return false;
    steps_.go_on(is_idle);
    return true;
  }

  /// Work that is done again and again.
  class Periodical {
   public:
    Periodical(Shared& shared, Milliseconds interval, std::function<void(Moment)> work)
        : interval_(interval),
          work_(std::move(work)),
          alarm_(shared.io.get_executor(), [this](Moment now) {
            work_(now);
            wind(now);
          }) {
      wind(std::chrono::steady_clock::now());
    }

    void stop() { alarm_.stop(); }

   private:
    void wind(Moment now) { alarm_.set(now + interval_, std::weak_ptr<bool>(alive_)); }

    Milliseconds interval_;
    std::function<void(Moment)> work_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    Alarm alarm_;
  };

  void add_listener(Acceptor acceptor, Listener::Kind kind) {
    const bool converses_only = kind.serve == serve_stream;
    listeners_.push_back(std::make_unique<Listener>(shared_, std::move(acceptor), kind));
    if (converses_only && !shared_.not_begun.empty()) {
      waiting_listeners_.push_back(listeners_.back().get());
    } else {
      listeners_.back()->start();
    }
  }

  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      await_signal();
      if (shutting_down_) return cut_all();
      shut_down();
    });
  }

  void wind_clock() {
    if (!shared_.due || ending_) return;
    const std::optional<Moment> due = shared_.due();
    if (!due) return clock_.unset();
    clock_.set(due, std::weak_ptr<bool>(alive_));
  }

  void resume_input() {
    if (shared_.held_back.empty() || shared_.is_behind()) return;
    for (ConversationDriver* const driver : std::exchange(shared_.held_back, {})) driver->resume();
  }

  // The loop ends by itself once nothing is left to wait for; signals and alarms would keep it.
  void let_the_loop_end() {
    ending_ = true;
    signals_.cancel();
    drained_.stop();
    clock_.stop();
    for (const auto& periodical : periodicals_) periodical->stop();
  }

  void stop_listening() {
    for (const auto& listener : listeners_) listener->stop();
    for (const auto& file : socket_files_) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
    }
    socket_files_.clear();
  }

  void cut_all() {
    for (auto next = shared_.connections.begin(); next != shared_.connections.end();) {
      (*next++)->cut();
    }
  }

  Shared shared_;
  // Without listeners or connections there is still something to wait for, until the shutdown.
  asio::executor_work_guard<Executor> work_{shared_.io.get_executor()};
  asio::signal_set signals_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Alarm drained_;
  Alarm clock_;
  std::function<void()> on_shutdown_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<Listener*> waiting_listeners_;  // Of those, the ones that accept nobody yet.
  std::vector<std::filesystem::path> socket_files_;
  std::vector<std::unique_ptr<Periodical>> periodicals_;
  Steps steps_;
  bool shutting_down_ = false;
  bool ending_ = false;
};

Transport::Transport(TransportOptions options, OpenConversation open, AnswerHttp answer)
    : implementation_(std::make_unique<Implementation>(std::move(options), std::move(open),
                                                       std::move(answer))) {}

Transport::~Transport() = default;

Result<std::string> Transport::listen_websocket(const Address& address) {
  return implementation_->listen(address, serve_http, http_no_place, "ws");
}

Result<std::string> Transport::listen_tcp(const Address& address) {
  return implementation_->listen(address, serve_stream, stream_no_place, "tcp");
}

Result<std::string> Transport::listen_unix(const std::filesystem::path& path) {
  return implementation_->listen(path);
}

void Transport::hold_conversations(std::string why) {
  implementation_->shared().not_begun = std::move(why);
}

void Transport::begin_conversations() { implementation_->begin_conversations(); }

void Transport::shut_down_on_signals() { implementation_->shut_down_on_signals(); }

void Transport::shut_down() {
  post([this] { implementation_->shut_down(); });
}

void Transport::every(Milliseconds interval, std::function<void(Moment)> work) {
  implementation_->every(interval, std::move(work));
}

void Transport::on_time(std::function<std::optional<Moment>()> due,
                        std::function<void(Moment)> ring) {
  implementation_->on_time(std::move(due), std::move(ring));
}

void Transport::go_on_in_steps(std::function<bool()> are_left, std::function<void(Moment)> step) {
  implementation_->go_on_in_steps(std::move(are_left), std::move(step));
}

void Transport::hold_input_while(std::function<bool()> is_behind) {
  implementation_->shared().is_behind = std::move(is_behind);
}

void Transport::on_shutdown(std::function<void()> work) {
  implementation_->on_shutdown(std::move(work));
}

asio::io_context& Transport::loop() { return implementation_->shared().io; }

void Transport::run() { implementation_->run(); }

void Transport::post(std::function<void()> work) {
  asio::post(implementation_->shared().io, std::move(work));
}

const TransportCounters& Transport::counters() const { return implementation_->shared().counters; }

ConnectionCounts Transport::connections() const { return implementation_->shared().counts; }

std::size_t Transport::waiting_bytes() const {
  std::size_t bytes = 0;
  for (const Connection* connection : implementation_->shared().connections) {
    bytes += connection->waiting_bytes();
  }
  return bytes;
}

bool Transport::shutting_down() const { return implementation_->shutting_down(); }

}  // namespace avow::server
