#include "cli/bench/server_memory.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <netdb.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace avow::cli::bench {
namespace {

constexpr std::size_t answer_bytes_max = 1 << 20;

// A TCP connection that gives up by itself; -1 if there is none.
int connected(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int one = socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (one < 0) continue;
    const timeval patience{.tv_sec = 2, .tv_usec = 0};
    setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(one, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(one, each->ai_addr, each->ai_addrlen) == 0) return one;
    close(one);
  }
  return -1;
}

std::string page(const Url& url) {
  const int socket = connected(url);
  if (socket < 0) return {};
  const std::string request =
      "GET /metrics HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: close\r\n\r\n";
  std::string answer;
  if (send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 1 << 14> piece{};
    for (ssize_t got = 0; answer.size() < answer_bytes_max &&
                          (got = recv(socket, piece.data(), piece.size(), 0)) > 0;) {
      answer.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  close(socket);
  return answer;
}

}  // namespace

std::optional<double> server_memory(const Url& url) {
  constexpr std::string_view line = "\nprocess_resident_memory_bytes ";
  const std::string answer = page(url);
  const std::size_t at = answer.find(line);
  if (at == std::string::npos) return std::nullopt;
  return std::strtod(answer.c_str() + at + line.size(), nullptr);
}

}  // namespace avow::cli::bench
