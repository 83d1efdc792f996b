#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "avow/base/result.hpp"
#include "server/store/backup.hpp"

// What is said on a server's control socket, a private Unix socket beside its data file. One
// request for each connection, which is closed after the last answer; lines end with '\n':
//
//   > backup /absolute/path
//   < progress BYTES of BYTES                               now and then
//   < done head TURN epoch HEX bytes BYTES checksum HEX     the last line, or:
//   < error CODE SENTENCE

namespace avow::server {

/// A line is no longer than this, its end included.
inline constexpr std::size_t control_line_bytes_max = 4096;

/// Where the control socket of the server is that uses `data_file`. It lies beside the file that a
/// link leads to, as the database does.
[[nodiscard]] std::filesystem::path control_socket_of(const std::filesystem::path& data_file);

/// The request for a backup in `file`. Errors: `bad-options` if its path is not absolute, too long,
/// or has a line's end in it.
[[nodiscard]] Result<std::string> backup_request(const std::filesystem::path& file);
/// The path of a request, without the line's end. Errors: `bad-request`.
[[nodiscard]] Result<std::string> read_backup_request(std::string_view line);

using ControlAnswer = std::variant<BackupProgress, BackupFacts, Error>;

/// The line, with its end, that says `answer`.
[[nodiscard]] std::string line_of(const ControlAnswer& answer);
/// The answer that a line says, without its end. Errors: `bad-request`.
[[nodiscard]] Result<ControlAnswer> read_answer(std::string_view line);

/// 64 hex digits.
[[nodiscard]] std::string hex_of(const ChainHash& checksum);

}  // namespace avow::server
