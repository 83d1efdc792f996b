#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "avow/asio.hpp"
#include "cli/exit_status.hpp"
#include "cli/loop.hpp"
#include "cli/output.hpp"
#include "cli/rendering.hpp"
#include "cli/server_process.hpp"
#include "cli/verbs.hpp"

// `avow demo chat`: a server in memory, three people who chat through it, and a watcher of all
// that. Nothing is played: presence comes and goes with the three links, and the lines are what the
// watcher's own link is told.

namespace avow::cli {
namespace {

struct Present {
  static constexpr Label label = "present";
  std::string who;
};

struct Says {
  static constexpr Label label = "says";
  std::string who;
  std::string what;
};

// Somebody with a link of their own, who greets whoever comes later.
class Chatter {
 public:
  Chatter(std::string name, Dataspace space) : name_(std::move(name)), space_(std::move(space)) {
    space_.hold(Present{name_});
    newcomers_ = space_.on_add<Present>([this](const Present& newcomer) { met(newcomer.who); });
  }

  void say(std::string what) { space_.send(Says{name_, std::move(what)}); }
  [[nodiscard]] task<void> leave() { co_await space_.close(); }
  /// Waits until all that was there on coming is known.
  [[nodiscard]] task<void> settle() {
    co_await space_.synced(newcomers_);
    settled_ = true;
  }

 private:
  void met(const std::string& who) {
    if (settled_ && who != name_) say("Hello, " + who + "!");
  }

  std::string name_;
  Dataspace space_;
  Subscription newcomers_;
  bool settled_ = false;
};

class Demo {
 public:
  Demo(Milliseconds pace, std::string url) : pace_(pace), url_(std::move(url)) {}

  int run() {
    loop_.on_interrupt([this](int signal) { loop_.end(status_interrupted + signal); });
    loop_.on_reader_gone([this] { loop_.end(status_interrupted + SIGPIPE); });
    boost::asio::co_spawn(loop_.context(), play(), [this](const std::exception_ptr& problem) {
      loop_.end(problem ? explain(problem) : status_done);
    });
    return loop_.run();
  }

 private:
  task<void> play() {
    tell("a server in memory at " + url_ + ", and somebody who watches:");
    tell("  avow watch --url " + url_ + " '<present $who>'");
    Dataspace watcher = co_await connect(url_);
    const Subscription presence = watch<Present>(watcher);
    const Subscription talk = watch<Says>(watcher);
    co_await watcher.synced(talk);

    std::optional<Chatter> ann, bob, cleo;
    co_await come(ann, "ann", "ann comes");
    co_await come(bob, "bob", "bob comes, and whoever is there greets him");
    co_await said(*bob, "bob", "Hello, ann. Is cleo about?");
    co_await come(cleo, "cleo", "cleo comes");
    co_await said(*cleo, "cleo", "I am. Shall we go?");
    co_await gone(bob, "bob goes: his link ends, and so does all that he published");
    co_await gone(cleo, "cleo goes");
    co_await gone(ann, "ann goes");
    tell("the end. Start a server of your own with: avow serve");
    co_await watcher.close();
  }

  template <class T>
  [[nodiscard]] Subscription watch(Dataspace& watcher) {
    return watcher.subscribe(Query(FactTraits<T>::pattern()), [this](const Change& change) {
      if (change.kind != Change::Kind::synced) show(change);
    });
  }

  task<void> come(std::optional<Chatter>& chatter, std::string name, std::string narration) {
    tell(narration);
    Dataspace space = co_await connect(url_);
    chatter.emplace(std::move(name), std::move(space));
    co_await chatter->settle();
    co_await pause();
  }

  task<void> said(Chatter& chatter, std::string name, std::string what) {
    tell(name + " says something");
    chatter.say(std::move(what));
    co_await pause();
  }

  task<void> gone(std::optional<Chatter>& chatter, std::string narration) {
    tell(narration);
    co_await chatter->leave();
    chatter.reset();
    co_await pause();
  }

  task<void> pause() {
    boost::asio::steady_timer timer(loop_.context(), pace_);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }

  void show(const Change& change) {
    print(output_.painted(sign_of(change.kind), rendering_.change(change)));
  }
  void tell(const std::string& narration) { print("# " + narration); }
  void print(const std::string& line) {
    if (!output_.line(line)) loop_.end(status_interrupted + SIGPIPE);
  }

  static int explain(const std::exception_ptr& problem) {
    try {
      std::rethrow_exception(problem);
    } catch (const Failure& failure) {
      complain(failure.error().detail);
      return status_of(failure.error());
    }
  }

  Milliseconds pace_;
  std::string url_;
  Loop loop_;
  Output output_;
  Rendering rendering_{Showing{}, {}};
};

}  // namespace

int run(DemoOptions options) {
  const Result<ServerProcess> server = ServerProcess::start();
  if (!server.has_value()) {
    complain(server.error().detail);
    return status_of(server.error());
  }
  return Demo(options.pace, server->url()).run();
}

}  // namespace avow::cli
