#pragma once

#include <memory>
#include <optional>

#include "server/transport/alarm.hpp"
#include "server/transport/shared.hpp"

// The shell around a conversation, the same for every kind of wire: read, tell, take, write. It
// holds the conversation's deadlines and notices a peer that does not read. The wire below moves
// the bytes.

namespace avow::server {

/// What the driver asks of the connection that it is part of. None of these calls back at once.
class Wire {
 public:
  /// Waits for the next message or piece, and hands it to `received` once.
  virtual void read() = 0;
  /// Writes a frame. Returns whether it is out already; if not, `written` is called once it is.
  [[nodiscard]] virtual bool write(OutgoingFrame frame) = 0;
  /// All is written: says farewell, and closes.
  virtual void close(const Ending& ending) = 0;
  /// Ends the connection without a word.
  virtual void abort() = 0;
  /// Keeps the connection, and the driver in it, alive.
  [[nodiscard]] virtual std::shared_ptr<void> hold() = 0;

 protected:
  ~Wire() = default;
};

class ConversationDriver final : public Shell {
 public:
  /// `shared` and `wire` must outlive the driver, which is part of the wire.
  ConversationDriver(Shared& shared, Wire& wire);

  /// Opens the conversation and begins to read.
  void start(Protocol protocol, Peer peer);
  // What came at once is handed over between these two, a whole message or the next piece of a
  // stream at a time.
  void burst_begins(Moment now);
  /// How many bytes were taken: of a stream not always all.
  std::size_t received(FrameType type, ByteView data);
  void burst_ends();
  /// The frame that `Wire::write` was given is out.
  void written();
  /// Bytes are handed to the socket, and some of them are out. A peer that does not read lets too
  /// much time pass in between.
  void write_begins();
  void write_progressed() { write_began_at_.reset(); }
  /// The peer will send no more, but may still read: what waits is written before the end.
  void input_over();
  /// Input that was held back for all is wanted again.
  void resume();
  /// The connection is over, or as good as over. The first call counts.
  void finish(Departure how);
  /// Cuts a connection for what its peer did or failed to do.
  void cut(Cut reason);
  void shut_down();

  [[nodiscard]] bool finished() const { return conversation_ == nullptr; }
  /// Whether input is awaited: if not, the silence of the peer is our doing.
  [[nodiscard]] bool reading() const { return reading_; }

  /// What the conversation has said and the socket has not taken.
  [[nodiscard]] std::size_t waiting_bytes() const;

  void output_ready() override;
  /// Whether the burst may go on, or has lasted long enough for one time.
  [[nodiscard]] bool goes_on() override;

 private:
  void pump();
  void write_on();
  void take_leave();
  void read_on();
  void hold_back();
  void wind_alarm();
  void ring(Moment now);
  [[nodiscard]] std::optional<Moment> stall_deadline() const;

  Shared& shared_;
  Wire& wire_;
  Alarm alarm_;
  std::unique_ptr<Conversation> conversation_;
  /// The connection itself, while its conversation goes on: with input held back and nothing to
  /// write, no pending operation keeps it.
  std::shared_ptr<void> self_;
  std::string peer_;
  std::optional<Moment> write_began_at_;
  Moment burst_began_at_{};
  bool pump_is_due_ = false;
  bool is_held_back_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool input_over_ = false;
};

}  // namespace avow::server
