#include "server/control_lines.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "avow/base/epoch.hpp"

namespace avow::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view request_words = "backup ";
constexpr std::string_view digits = "0123456789abcdef";

std::string hex_of_bytes(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

template <class Number>
std::optional<Number> number_of(std::string_view word, int base) {
  Number number = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number, base);
  if (failure != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

std::optional<ChainHash> checksum_of(std::string_view word) {
  ChainHash checksum{};
  if (word.size() != 2 * checksum.size()) return std::nullopt;
  for (std::size_t i = 0; i < checksum.size(); ++i) {
    const auto byte = number_of<std::uint8_t>(word.substr(2 * i, 2), 16);
    if (!byte) return std::nullopt;
    checksum[i] = *byte;
  }
  return checksum;
}

using Words = std::span<const std::string_view>;

std::optional<ControlAnswer> read_progress(Words words) {
  if (words.size() != 4 || words[2] != "of") return std::nullopt;
  const auto bytes = number_of<std::uint64_t>(words[1], 10);
  const auto of = number_of<std::uint64_t>(words[3], 10);
  if (!bytes || !of) return std::nullopt;
  return BackupProgress{.bytes = *bytes, .of = *of};
}

std::optional<ControlAnswer> read_done(Words words) {
  const bool has_its_words = words.size() == 9 && words[1] == "head" && words[3] == "epoch" &&
                             words[5] == "bytes" && words[7] == "checksum";
  if (!has_its_words) return std::nullopt;
  const auto head = number_of<std::uint64_t>(words[2], 10);
  const auto epoch = number_of<std::uint64_t>(words[4], 16);
  const auto bytes = number_of<std::uint64_t>(words[6], 10);
  const auto checksum = checksum_of(words[8]);
  if (!head || !epoch || !bytes || !checksum) return std::nullopt;
  return BackupFacts{.epoch = *epoch, .head = *head, .bytes = *bytes, .checksum = *checksum};
}

std::optional<ControlAnswer> read_error(std::string_view line, Words words) {
  if (words.size() < 3 || words[1].empty()) return std::nullopt;
  const auto sentence = static_cast<std::size_t>(words[2].data() - line.data());
  return Error{std::string(words[1]), std::string(line.substr(sentence))};
}

}  // namespace

fs::path control_socket_of(const fs::path& data_file) {
  return fs::weakly_canonical(data_file).string() + "-control";
}

Result<std::string> backup_request(const fs::path& file) {
  const std::string& path = file.native();
  if (!file.is_absolute() || path.find('\n') != std::string::npos ||
      path.size() >= control_line_bytes_max - request_words.size()) {
    return Error{"bad-options", "A backup's file is named by at most 4088 bytes on one line."};
  }
  return std::string(request_words) + path + "\n";
}

Result<std::string> read_backup_request(std::string_view line) {
  if (!line.starts_with(request_words) || line.find('\0') != std::string_view::npos) {
    return Error{"bad-request", "One line is understood here: backup /absolute/path"};
  }
  line.remove_prefix(request_words.size());
  if (!line.starts_with('/')) {
    return Error{"bad-request", "The path of a backup must be absolute: backup /absolute/path"};
  }
  return std::string(line);
}

std::string line_of(const ControlAnswer& answer) {
  if (const auto* const progress = std::get_if<BackupProgress>(&answer)) {
    return "progress " + std::to_string(progress->bytes) + " of " + std::to_string(progress->of) +
           "\n";
  }
  if (const auto* const done = std::get_if<BackupFacts>(&answer)) {
    return "done head " + std::to_string(done->head) + " epoch " + epoch_text(done->epoch) +
           " bytes " + std::to_string(done->bytes) + " checksum " + hex_of(done->checksum) + "\n";
  }
  const auto& error = std::get<Error>(answer);
  std::string sentence = error.detail;
  std::replace(sentence.begin(), sentence.end(), '\n', ' ');
  return "error " + error.code + " " + sentence + "\n";
}

Result<ControlAnswer> read_answer(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  std::optional<ControlAnswer> answer;
  if (!words.empty()) {
    if (words[0] == "progress") answer = read_progress(words);
    if (words[0] == "done") answer = read_done(words);
    if (words[0] == "error") answer = read_error(line, words);
  }
  if (answer) return *std::move(answer);
  return Error{"bad-request",
               "The server answered what this program does not understand: use "
               "the two of one version."};
}

std::string hex_of(const ChainHash& checksum) { return hex_of_bytes(checksum); }

}  // namespace avow::server
