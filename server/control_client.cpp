#include "server/control_client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "server/control_lines.hpp"

namespace avow::server {
namespace {

Error failed(const std::filesystem::path& socket, int number) {
  return {"connect-failed", "The server's control socket " + socket.string() +
                                " cannot be reached: " + std::strerror(number) +
                                ". Run this as the user that the server runs as."};
}

// A connection that is waited for.
class Line {
 public:
  static Result<Line> connect(const std::filesystem::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string& path = socket.native();
    // No server can listen there either.
    if (path.size() >= sizeof address.sun_path) return Error{"no-server", "its path is too long"};
    std::memcpy(address.sun_path, path.data(), path.size());
    Line line(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (line.descriptor_ < 0) return failed(socket, errno);
    const auto* const to = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(line.descriptor_, to, sizeof address) == 0) return line;
    if (errno == ENOENT || errno == ECONNREFUSED) return Error{"no-server", "nobody listens"};
    return failed(socket, errno);
  }
  Line(Line&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), so_far_(std::move(other.so_far_)) {}
  Line& operator=(Line&&) = delete;
  ~Line() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Result<void> say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t more = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (more < 0 && errno == EINTR) continue;
      if (more < 0) return gone();
      text.remove_prefix(static_cast<std::size_t>(more));
    }
    return {};
  }

  // The next line, without its end.
  Result<std::string> hear() {
    for (;;) {
      const std::size_t end = so_far_.find('\n');
      if (end != std::string::npos) {
        std::string line = so_far_.substr(0, end);
        so_far_.erase(0, end + 1);
        return line;
      }
      if (so_far_.size() > longest_answer) return gone();
      AVOW_TRY_VOID(read());
    }
  }

 private:
  static constexpr std::size_t longest_answer = 64 << 10;

  explicit Line(int descriptor) : descriptor_(descriptor) {}

  static Error gone() {
    return {"store-closed", "The server ended before the backup was made. Its log says why."};
  }
  Result<void> read() {
    std::array<char, 4096> piece{};
    const ssize_t more = ::read(descriptor_, piece.data(), piece.size());
    if (more < 0 && errno == EINTR) return {};
    if (more <= 0) return gone();
    so_far_.append(piece.data(), static_cast<std::size_t>(more));
    return {};
  }

  int descriptor_;
  std::string so_far_;
};

}  // namespace

Result<BackupFacts> ask_for_backup(const std::filesystem::path& socket,
                                   const std::filesystem::path& file,
                                   const std::function<void(const BackupProgress&)>& progress) {
  AVOW_TRY(const std::string request, backup_request(file));
  AVOW_TRY(Line line, Line::connect(socket));
  AVOW_TRY_VOID(line.say(request));
  for (;;) {
    AVOW_TRY(const std::string said, line.hear());
    AVOW_TRY(const ControlAnswer answer, read_answer(said));
    if (const auto* const so_far = std::get_if<BackupProgress>(&answer)) progress(*so_far);
    if (const auto* const facts = std::get_if<BackupFacts>(&answer)) return *facts;
    if (const auto* const error = std::get_if<Error>(&answer)) return *error;
  }
}

}  // namespace avow::server
