#include <boost/asio/post.hpp>
#include <utility>

#include "server/transport/burst_reader.hpp"
#include "server/transport/conversation_driver.hpp"
#include "server/transport/corked_frame.hpp"
#include "server/transport/lingering.hpp"
#include "server/transport/pending_bytes.hpp"

// A conversation over a byte stream: a TCP or a Unix socket.

namespace avow::server {

namespace {

class StreamConnection final : public Wire,
                               public Connection,
                               public std::enable_shared_from_this<StreamConnection> {
 public:
  StreamConnection(Shared& shared, Accepted accepted)
      : shared_(shared),
        socket_(std::move(accepted.socket)),
        peer_(std::move(accepted.peer)),
        place_(std::move(accepted.place)),
        membership_(shared, *this),
        input_(shared, socket_),
        driver_(shared, *this),
        close_alarm_(shared.io.get_executor(), [this](Moment) { abort(); }) {
    ++shared_.counts.stream;
  }
  ~StreamConnection() { --shared_.counts.stream; }

  void start() { driver_.start(Protocol::syndicate_stream, std::move(peer_)); }

  void read() override {
    wants_ = true;
    if (!is_taking_) read_on();
  }

  bool write(OutgoingFrame frame) override {
    unsent_.load(std::move(frame));
    const std::size_t count = write_at_once(socket_, unsent_);
    shared_.counters.bytes_sent += count;
    if (unsent_.rest().empty()) {
      unsent_.clear();
      return true;
    }
    send();
    return false;
  }

  void close(const Ending&) override {
    close_alarm_.set(std::chrono::steady_clock::now() + shared_.options.limits.close_time_max,
                     weak_from_this());
    linger_and_close(shared_, socket_, shared_from_this());
  }

  void abort() override {
    driver_.finish(Departure::lost);
    error_code ignored;
    socket_.close(ignored);
  }

  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void shut_down() override { driver_.shut_down(); }
  void cut() override { abort(); }
  [[nodiscard]] std::size_t waiting_bytes() const override { return driver_.waiting_bytes(); }

 private:
  void read_on() {
    if (pending_.empty()) return await_input();
    asio::post(shared_.io.get_executor(), [this, alive = shared_from_this()] { take_pending(); });
  }

  void await_input() {
    input_.read([this, alive = shared_from_this()](const error_code& error,
                                                   std::span<const std::uint8_t> bytes) {
      if (error == asio::error::operation_aborted) return;  // We are closing.
      if (error == asio::error::eof) return driver_.input_over();
      if (error) return fail();
      shared_.counters.bytes_received += bytes.size();
      pending_.keep(bytes.subspan(take(bytes)));
      if (wants_) read_on();
    });
  }

  void take_pending() {
    const std::span<const std::uint8_t> bytes = pending_.rest();
    pending_.leave(bytes.size() - take(bytes));
    if (wants_) read_on();
  }

  // Others have their turn before the rest.
  std::size_t take(ByteView bytes) {
    wants_ = false;
    is_taking_ = true;
    driver_.burst_begins(std::chrono::steady_clock::now());
    const std::size_t taken = driver_.received(FrameType::binary, bytes);
    driver_.burst_ends();
    is_taking_ = false;
    return taken;
  }

  void send() {
    driver_.write_begins();
    socket_.async_write_some(unsent_.rest(), [this, alive = shared_from_this()](
                                                 const error_code& error, std::size_t count) {
      if (error) return fail();
      sent(count);
    });
  }

  void sent(std::size_t count) {
    shared_.counters.bytes_sent += count;
    driver_.write_progressed();
    unsent_.consume(count);
    if (!unsent_.rest().empty()) return send();
    unsent_.clear();
    driver_.written();
  }

  // An error of the socket ends everything: it was reset, timed out, or we have closed it.
  void fail() { abort(); }

  Shared& shared_;
  Socket socket_;
  Peer peer_;
  Place place_;
  Membership membership_;
  BurstReader input_;
  ConversationDriver driver_;
  Alarm close_alarm_;
  CorkedFrame unsent_;
  PendingBytes pending_;
  bool wants_ = false;      // The driver waits for more.
  bool is_taking_ = false;  // Inside `take`.
};

}  // namespace

void serve_stream(Shared& shared, Accepted accepted) {
  std::make_shared<StreamConnection>(shared, std::move(accepted))->start();
}

}  // namespace avow::server
