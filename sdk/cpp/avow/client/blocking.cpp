#include "avow/blocking.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "avow/client/asio_host.hpp"
#include "avow/client/core.hpp"

namespace avow::blocking {
namespace {

namespace asio = boost::asio;

// Closing takes the core at most two seconds; beyond this its thread is stuck in a callback.
constexpr Milliseconds thread_ends_within{2'500};

// Something that another thread brings.
template <class T>
class Parcel {
 public:
  void bring(Result<T> result) {
    {
      const std::lock_guard guard(mutex_);
      result_ = std::move(result);
    }
    arrived_.notify_all();
  }
  /// Nothing if it does not arrive in time.
  [[nodiscard]] std::optional<Result<T>> wait(Milliseconds at_most) {
    std::unique_lock guard(mutex_);
    arrived_.wait_for(guard, at_most, [this] { return result_.has_value(); });
    return std::exchange(result_, std::nullopt);
  }

 private:
  std::mutex mutex_;  // Guards the result.
  std::condition_variable arrived_;
  std::optional<Result<T>> result_;
};

// Calls `begin` with a parcel, and waits for it; `longer` than usual where the server waits too.
template <class T, class Begin>
T wait_for(const Core& core, const Begin& begin, Milliseconds longer = Milliseconds(0)) {
  if (core.is_own_thread()) {
    throw Failure({"would-block", "A callback may not wait; use what `space()` offers there."});
  }
  const auto parcel = std::make_shared<Parcel<T>>();
  begin(parcel);
  std::optional<Result<T>> result = parcel->wait(core.options().patience + longer);
  if (!result) throw Failure({"timeout", "The server did not answer in time."});
  return value_or_throw(*std::move(result));
}

class ThreadHost : public AsioHost {
 public:
  ThreadHost(asio::io_context& io, std::thread::id thread)
      : AsioHost(io.get_executor()), thread_(thread) {}
  [[nodiscard]] bool is_own_thread() const override {
    return std::this_thread::get_id() == thread_;
  }

 private:
  const std::thread::id thread_;
};

}  // namespace

/// The thread that a client's link and callbacks run on.
class Thread {
 public:
  Thread() : io_(std::make_shared<asio::io_context>(1)), work_(io_->get_executor()) {
    thread_ = std::thread([io = io_] { io->run(); });
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() {
    if (!thread_.joinable()) return;
    io_->stop();
    thread_.join();
  }

  /// Ends when all has been done, in its own time: nobody can wait for it, because it is the caller
  /// itself or stuck.
  void leave_alone() {
    work_.reset();
    thread_.detach();
  }
  [[nodiscard]] std::unique_ptr<Host> host() {
    return std::make_unique<ThreadHost>(*io_, thread_.get_id());
  }

 private:
  // Shared with the thread, which may outlive this.
  std::shared_ptr<asio::io_context> io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

Client::Client(Options options) : Client(std::make_unique<Thread>(), std::move(options)) {}

Client::Client(std::string url, Token token)
    : Client([&] {
        Options options;
        options.url = std::move(url);
        options.token = std::move(token);
        return options;
      }()) {}

Client::Client(std::unique_ptr<Thread> thread, Options options)
    : avow::Client(std::make_shared<Core>(std::move(options), thread->host())),
      thread_(std::move(thread)) {
  const std::shared_ptr<Core> opening = core();
  try {
    wait_for<void>(*opening, [&](const auto& parcel) {
      opening->start([parcel](const Result<void>& outcome) { parcel->bring(outcome); });
    });
  } catch (...) {
    end();
    throw;
  }
}

Client::Client(Client&&) noexcept = default;

Client::~Client() { end(); }

void Client::end() noexcept {
  if (core() == nullptr) return;
  const bool is_own = core()->is_own_thread();
  const bool closed = close_within(thread_ends_within);
  release();
  if (is_own || !closed) thread_->leave_alone();
  thread_.reset();
}

bool Client::close_within(Milliseconds at_most) noexcept {
  const auto parcel = std::make_shared<Parcel<void>>();
  avow::Client::close([parcel] { parcel->bring({}); });
  if (core()->is_own_thread()) return false;
  return parcel->wait(at_most).has_value();
}

void Client::close() noexcept {
  if (core() != nullptr) (void)close_within(thread_ends_within);
}

Publication Client::publish(Value fact) {
  Publication publication = Space::publish(std::move(fact));
  wait_for<Receipt>(*core(), [&](const auto& parcel) {
    publication.accepted([parcel](const Result<Receipt>& outcome) { parcel->bring(outcome); });
  });
  return publication;
}

Receipt Client::send(Value message) {
  return wait_for<Receipt>(*core(), [&](const auto& parcel) {
    Space::send(std::move(message),
                [parcel](const Result<Receipt>& outcome) { parcel->bring(outcome); });
  });
}

Receipt Client::turn(const std::function<void(Turn&)>& edit) {
  return wait_for<Receipt>(*core(), [&](const auto& parcel) {
    Space::turn(edit, [parcel](const Result<Receipt>& outcome) { parcel->bring(outcome); });
  });
}

Committed Client::commit(Commit commit) {
  const Milliseconds longer = commit.waits();
  return wait_for<Committed>(
      *core(),
      [&](const auto& parcel) {
        Space::commit(std::move(commit),
                      [parcel](Result<Committed> outcome) { parcel->bring(std::move(outcome)); });
      },
      longer);
}

std::optional<Item> Client::take(const Query& query, Milliseconds wait) {
  std::optional<avow::Item> item = wait_for<std::optional<avow::Item>>(
      *core(),
      [&](const auto& parcel) {
        Space::take(query, wait, [parcel](Result<std::optional<avow::Item>> taken) {
          parcel->bring(std::move(taken));
        });
      },
      wait);
  if (!item) return std::nullopt;
  return Item(*std::move(item));
}

void Item::ack() const {
  const std::shared_ptr<Core> at = core();
  if (at == nullptr) throw Failure({"closed", "The client is gone."});
  wait_for<void>(*at, [this](const auto& parcel) {
    avow::Item::ack([parcel](const Result<void>& outcome) { parcel->bring(outcome); });
  });
}

Lease Client::lease(Milliseconds ttl, OnExpired expired) {
  return wait_for<Lease>(*core(), [&](const auto& parcel) {
    Space::lease(
        ttl, [parcel](Result<Lease> lease) { parcel->bring(std::move(lease)); },
        std::move(expired));
  });
}

LastTurn Client::last_turn(Commit commit, LastTurnOptions options) {
  LastTurn last;
  wait_for<void>(*core(), [&](const auto& parcel) {
    last = Space::last_turn(std::move(commit), std::move(options),
                            [parcel](const Result<void>& kept) { parcel->bring(kept); });
  });
  return last;
}

Rows Client::query(Query query) {
  return wait_for<Rows>(*core(), [&](const auto& parcel) {
    Space::query(std::move(query), [parcel](Result<Rows> rows) { parcel->bring(std::move(rows)); });
  });
}

std::uint64_t Client::sync() {
  return wait_for<std::uint64_t>(*core(), [&](const auto& parcel) {
    Space::sync([parcel](const Result<std::uint64_t>& revision) { parcel->bring(revision); });
  });
}

std::uint64_t Client::wait_synced(const Subscription& subscription) {
  return wait_for<std::uint64_t>(*core(), [&](const auto& parcel) {
    subscription.synced(
        [parcel](const Result<std::uint64_t>& revision) { parcel->bring(revision); });
  });
}

}  // namespace avow::blocking
