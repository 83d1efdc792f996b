#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>

#include "server/transport/conversation_driver.hpp"
#include "server/transport/corked_frame.hpp"
#include "server/transport/frame_tracker.hpp"
#include "server/transport/watched_stream.hpp"

// A conversation over a WebSocket. Beast frames, masks, checks and closes; the deadlines are ours:
// Beast's idle timeout lets a client send one byte a second for ever, and lets one that never reads
// stay. Only the one file that includes Beast includes this one.

namespace avow::server {

using UpgradeRequest = boost::beast::http::request<boost::beast::http::empty_body>;

class WebSocketConnection final : public Wire,
                                  public Connection,
                                  public StreamWatcher,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(Shared& shared, WatchedStream stream, Peer peer, Place place);
  ~WebSocketConnection();

  /// Answers `request`, which has been found good, and begins the conversation.
  void start(const UpgradeRequest& request, const Upgrade& upgrade);

  void read() override;
  void write(const OutgoingFrame& frame) override;
  void close(const Ending& ending) override;
  void abort() override;
  std::shared_ptr<void> hold() override { return shared_from_this(); }

  void shut_down() override;
  void cut() override { abort(); }
  [[nodiscard]] std::size_t waiting_bytes() const override { return driver_.waiting_bytes(); }

  void bytes_came(ByteView bytes) override;
  void write_begins() override;
  void bytes_went(std::size_t count) override;
  void teardown_begins() override;

 private:
  using Stream = boost::beast::websocket::stream<WatchedStream, /*deflateSupported=*/false>;

  void opened(Protocol protocol);
  void peer_closes();
  void read_some();
  void read_done(const error_code& error);
  void wrote(const error_code& error);
  void say_close(CloseCode code, std::string_view reason);
  void await_end();
  void cut_politely(Cut reason, CloseCode code, std::string_view sentence);

  void wind_heartbeat();
  void heartbeat(Moment now);
  void ping(Moment now);
  void check_frames();
  /// When the peer must have finished what it has begun to send, if it has begun something.
  [[nodiscard]] std::optional<Moment> message_deadline() const;
  /// When the peer counts as dead, unless it is heard before.
  [[nodiscard]] std::optional<Moment> silence_deadline() const;

  Shared& shared_;
  Peer peer_;
  Place place_;
  Membership membership_;
  Stream stream_;
  boost::beast::flat_buffer message_;
  CorkedFrame unsent_;
  FrameTracker tracker_;
  ConversationDriver driver_;
  Alarm heartbeat_;
  Alarm end_alarm_;
  std::uint64_t begun_seen_ = 0;
  Moment begun_at_{};
  Moment heard_at_{};
  Moment pinged_at_{};
  bool open_ = false;
  bool pinging_ = false;
  bool closing_ = false;
};

}  // namespace avow::server
