#include "avow/raw.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <utility>

#include "avow/client/arrival.hpp"
#include "avow/client/websocket.hpp"

namespace avow {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds raw_closing_within{2};
}  // namespace

// Runs on its strand only, and so needs no lock.
struct RawLink::State final : std::enable_shared_from_this<State>, TransportEvents {
  using Frame = std::optional<std::string>;
  using Strand = asio::any_io_executor;

  explicit State(Strand on) : strand(std::move(on)) {}

  void connected() override {
    is_up = true;
    if (opening) std::exchange(opening, nullptr)->bring({});
  }
  void received(ByteView frame) override {
    arrived.emplace_back(text_of(frame));
    hand_over();
  }
  void writable() override {
    is_sending = false;
    send_next();
  }
  void gone(Error why) override {
    is_over = true;
    if (opening) std::exchange(opening, nullptr)->bring(why);
    end_closing();
    hand_over();
  }

  void hand_over() {
    if (!receiving) return;
    if (!arrived.empty()) {
      Frame frame = std::move(arrived.front());
      arrived.pop_front();
      std::exchange(receiving, nullptr)->bring(std::move(frame));
    } else if (is_over) {
      std::exchange(receiving, nullptr)->bring(Frame());
    }
  }
  void send_next() {
    if (!is_up || is_over || is_sending) return;
    if (!waiting.empty()) {
      is_sending = true;
      const ByteView text = bytes_of(waiting.front());
      transport->send(Bytes(text.begin(), text.end()));
      waiting.pop_front();
    } else if (closing) {
      is_sending = true;
      transport->close();
    }
  }
  void end_closing() {
    if (closing) std::exchange(closing, nullptr)->bring({});
    if (late) late->cancel();
  }
  void post(std::function<void()> job) {
    asio::post(strand, [self = shared_from_this(), job = std::move(job)] { job(); });
  }

  Strand strand;
  std::unique_ptr<Transport> transport;
  std::deque<std::string> waiting;
  std::deque<std::string> arrived;
  bool is_up = false;
  bool is_over = false;
  bool is_sending = false;
  std::shared_ptr<Arrival<void>> opening;
  std::shared_ptr<Arrival<Frame>> receiving;
  std::shared_ptr<Arrival<void>> closing;
  std::unique_ptr<asio::steady_timer> late;
};

RawLink::RawLink(std::shared_ptr<State> state) : state_(std::move(state)) {}
RawLink::RawLink(RawLink&&) noexcept = default;

RawLink::~RawLink() {
  if (state_ != nullptr) state_->post([state = state_.get()] { state->transport.reset(); });
}

asio::awaitable<RawLink> RawLink::open(std::string url, std::string subprotocol) {
  Url parsed = value_or_throw(Url::parse(url));
  const auto executor = co_await asio::this_coro::executor;
  RawLink link(std::make_shared<State>(asio::make_strand(executor)));
  auto opening = std::make_shared<Arrival<void>>(std::weak_ptr<Core>());
  State* const state = link.state_.get();
  std::function<void()> begin = [state, opening, parsed, subprotocol] {
    state->opening = opening;
    state->transport = open_websocket(state->strand, parsed, subprotocol, FrameKind::text, *state);
  };
  state->post(std::move(begin));
  co_await Arrival<void>::wait(opening);
  co_return std::move(link);
}

void RawLink::send(std::string text) {
  State* const state = state_.get();
  state->post([state, text = std::move(text)] {
    state->waiting.push_back(text);
    state->send_next();
  });
}

asio::awaitable<std::optional<std::string>> RawLink::receive() {
  auto arrival = std::make_shared<Arrival<State::Frame>>(std::weak_ptr<Core>());
  State* const state = state_.get();
  state->post([state, arrival] {
    state->receiving = arrival;
    state->hand_over();
  });
  return Arrival<State::Frame>::wait(arrival);
}

asio::awaitable<void> RawLink::close() {
  auto arrival = std::make_shared<Arrival<void>>(std::weak_ptr<Core>());
  State* const state = state_.get();
  state->post([state, arrival] {
    if (state->is_over || !state->is_up) return arrival->bring({});
    state->closing = arrival;
    state->send_next();
    state->late = std::make_unique<asio::steady_timer>(state->strand, raw_closing_within);
    state->late->async_wait(
        [self = state->shared_from_this()](boost::system::error_code) { self->end_closing(); });
  });
  return Arrival<void>::wait(arrival);
}

}  // namespace avow
