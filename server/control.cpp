#include "server/control.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <set>
#include <utility>

#include "server/control_lines.hpp"
#include "server/transport/alarm.hpp"
#include "server/transport/asio_types.hpp"
#include "server/transport/listening.hpp"

namespace avow::server {
namespace {

Moment now() { return std::chrono::steady_clock::now(); }

// One request and its answers. Whoever asked may read slowly or not at all: progress is told only
// when nothing waits to be written, so that a line and the last one are all that ever waits.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  using Leave = std::function<void(const std::shared_ptr<Exchange>&)>;

  Exchange(Socket socket, const BeginBackup& begin, Milliseconds patience, Leave leave)
      : socket_(std::move(socket)),
        begin_(begin),
        patience_(patience),
        leave_(std::move(leave)),
        alarm_(socket_.get_executor(), [this](Moment) { close(); }) {}

  void start() {
    wind();
    read();
  }

  void progress(const BackupProgress& so_far) {
    if (writing_.empty()) write(line_of(so_far));
  }

  void end(const ControlAnswer& answer) {
    if (last_) return;
    last_ = line_of(answer);
    wind();
    if (writing_.empty()) write(*last_);
  }

  // Without waiting: what the peer cannot take at once it does not get.
  void cut(const Error& why) {
    error_code ignored;
    if (writing_.empty()) {
      socket_.non_blocking(true, ignored);
      socket_.write_some(asio::buffer(line_of(why)), ignored);
    }
    close();
  }

  void close() {
    alarm_.stop();
    error_code ignored;
    socket_.close(ignored);
    leave_(shared_from_this());
  }

 private:
  void wind() { alarm_.set(now() + patience_, weak_from_this()); }

  void read() {
    const auto rest = asio::buffer(line_) + size_;
    socket_.async_read_some(rest,
                            [self = shared_from_this()](const error_code& error, std::size_t more) {
                              if (!self->socket_.is_open()) return;
                              if (error) return self->close();
                              self->take(more);
                            });
  }

  void take(std::size_t more) {
    size_ += more;
    const std::string_view so_far(line_.data(), size_);
    const std::size_t end_of_line = so_far.find('\n');
    if (end_of_line != std::string_view::npos) return ask(so_far.substr(0, end_of_line));
    if (size_ < line_.size()) return read();
    end(Error{"bad-request", "A request is one line of at most 4096 bytes."});
  }

  void ask(std::string_view line) {
    const Result<std::string> file = read_backup_request(line);
    if (!file) return end(file.error());
    alarm_.stop();
    // Whoever keeps these does not keep the exchange.
    const std::weak_ptr<Exchange> weak = weak_from_this();
    begin_(
        *file,
        [weak](const BackupProgress& so_far) {
          if (const auto self = weak.lock()) self->progress(so_far);
        },
        [weak](const Result<BackupFacts>& done) {
          const auto self = weak.lock();
          if (self) self->end(done ? ControlAnswer(*done) : ControlAnswer(done.error()));
        });
  }

  void write(std::string line) {
    writing_ = std::move(line);
    asio::async_write(socket_, asio::buffer(writing_),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (!self->socket_.is_open()) return;
                        if (error) return self->close();
                        self->written();
                      });
  }

  void written() {
    const bool was_last = last_ == writing_;
    writing_.clear();
    if (was_last) {
      take_the_rest();
      return close();
    }
    if (last_) write(*last_);
  }

  // What was sent and never read makes the kernel end the connection by a reset.
  void take_the_rest() {
    constexpr int reads_max = 16;
    error_code error;
    socket_.non_blocking(true, error);
    for (int i = 0; !error && i < reads_max; ++i) socket_.read_some(asio::buffer(line_), error);
  }

  Socket socket_;
  BeginBackup begin_;
  Milliseconds patience_;
  Leave leave_;
  Alarm alarm_;
  std::array<char, control_line_bytes_max> line_{};
  std::size_t size_ = 0;
  std::string writing_;
  std::optional<std::string> last_;
};

}  // namespace

class Control::Door : public std::enable_shared_from_this<Door> {
 public:
  Door(Acceptor acceptor, std::filesystem::path path, BeginBackup begin, ControlLimits limits)
      : acceptor_(std::move(acceptor)),
        path_(std::move(path)),
        begin_(std::move(begin)),
        limits_(limits),
        rest_(acceptor_.get_executor(), [this](Moment) { accept(); }) {}

  void accept() {
    acceptor_.async_accept([weak = weak_from_this()](const error_code& error, Socket socket) {
      const auto self = weak.lock();
      if (!self || !self->acceptor_.is_open()) return;
      self->accepted(error, std::move(socket));
    });
  }

  void stop() {
    if (!acceptor_.is_open()) return;
    error_code ignored;
    acceptor_.close(ignored);
    rest_.stop();
    std::error_code none;
    std::filesystem::remove(path_, none);
    for (const auto& exchange : std::exchange(exchanges_, {})) {
      exchange->cut({"store-closed", "The server ended before the backup was made."});
    }
  }

 private:
  void accepted(const error_code& error, Socket socket) {
    // Out of descriptors, most likely: that takes time to mend.
    constexpr Milliseconds recovery_time{100};
    if (error) return rest_.set(now() + recovery_time, weak_from_this());
    const auto exchange = std::make_shared<Exchange>(
        std::move(socket), begin_, limits_.patience,
        [weak = weak_from_this()](const std::shared_ptr<Exchange>& gone) {
          if (const auto self = weak.lock()) self->exchanges_.erase(gone);
        });
    if (exchanges_.size() < limits_.connections_max) {
      exchanges_.insert(exchange);
      exchange->start();
    } else {
      exchange->cut({"limit", "Too many ask this server for a backup. Try again later."});
    }
    accept();
  }

  Acceptor acceptor_;
  std::filesystem::path path_;
  BeginBackup begin_;
  ControlLimits limits_;
  Alarm rest_;
  std::set<std::shared_ptr<Exchange>> exchanges_;
};

Control::Control(std::shared_ptr<Door> door) : door_(std::move(door)) {}
Control::~Control() { door_->stop(); }

Result<std::unique_ptr<Control>> Control::listen(Transport& transport,
                                                 const std::filesystem::path& data_file,
                                                 BeginBackup begin, ControlLimits limits) {
  std::filesystem::path path = control_socket_of(data_file);
  AVOW_TRY(Acceptor acceptor, listen_on(transport.loop(), path));
  auto door =
      std::make_shared<Door>(std::move(acceptor), std::move(path), std::move(begin), limits);
  door->accept();
  transport.on_shutdown([weak = std::weak_ptr<Door>(door)] {
    if (const auto still_there = weak.lock()) still_there->stop();
  });
  return std::unique_ptr<Control>(new Control(std::move(door)));
}

}  // namespace avow::server
