#include "server/store/history_row.hpp"

#include <algorithm>
#include <openssl/rand.h>
#include <utility>

#include "avow/base/check.hpp"
#include "server/store/corrupt.hpp"

namespace avow::server {
namespace {

constexpr std::string_view update_text =
    "UPDATE history SET epoch = ?, through = ?, closed_at = ?, base = ?, head = ?, chain = ?, "
    "log_rows = ?, log_bytes = ?, space_rows = ?, space_sum = ?, live_rows = ?, live_sum = ?, "
    "outcome_rows = ?, outcome_sum = ?, crc = ? WHERE id = 1";
constexpr std::string_view select_text =
    "SELECT epoch, through, closed_at, base, head, chain, log_rows, log_bytes, space_rows, "
    "space_sum, live_rows, live_sum, outcome_rows, outcome_sum, crc FROM history WHERE id = 1";
constexpr std::string_view insert_text =
    "INSERT INTO history (id, epoch, through, base, head, chain, log_rows, log_bytes, space_rows, "
    "space_sum, live_rows, live_sum, outcome_rows, outcome_sum, crc) "
    "VALUES (1, 0, 0, x'', 0, x'', 0, 0, 0, 0, 0, 0, 0, 0, 0)";

std::uint32_t crc_of(const History& history) {
  RowCrc crc;
  crc.number(history.epoch).number(history.through);
  crc.number(history.closed_at ? 1 : 0).number(history.closed_at.value_or(0));
  crc.bytes(history.base).number(history.head).bytes(history.chain);
  crc.number(history.log_rows).number(history.log_bytes);
  for (const RowSum& tally : {history.spaces, history.live, history.outcomes}) {
    crc.number(tally.rows).number(tally.sum);
  }
  return crc.value();
}

ChainHash hash_of(ByteView bytes) {
  ChainHash hash{};
  if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace

std::uint64_t random_epoch() {
  std::uint64_t epoch = 0;
  while (epoch == 0) {
    const int done = RAND_bytes(reinterpret_cast<unsigned char*>(&epoch), sizeof epoch);
    AVOW_CHECK(done == 1);
  }
  return epoch;
}

Result<void> insert_history(const SqliteConnection& database, std::uint64_t epoch) {
  AVOW_TRY_VOID(database.run(std::string(insert_text)));
  AVOW_TRY(HistoryWriter writer, HistoryWriter::prepare(database));
  History history;
  history.epoch = epoch != 0 ? epoch : random_epoch();
  history.closed_at = 0;
  return writer.write(history);
}

Result<History> load_history(const SqliteConnection& database) {
  AVOW_TRY(Statement row, Statement::prepare(database.raw(), select_text));
  AVOW_TRY(const bool found, row.step());
  if (!found) return corrupt("the row that tells where the history stands is missing");
  History history;
  history.epoch = row.number(0);
  history.through = row.number(1);
  if (!row.is_null(2)) history.closed_at = row.number(2);
  history.base = hash_of(row.bytes(3));
  history.head = row.number(4);
  history.chain = hash_of(row.bytes(5));
  history.log_rows = row.number(6);
  history.log_bytes = row.number(7);
  history.spaces = {.rows = row.number(8), .sum = row.number(9)};
  history.live = {.rows = row.number(10), .sum = row.number(11)};
  history.outcomes = {.rows = row.number(12), .sum = row.number(13)};
  if (row.number(14) != crc_of(history)) {
    return corrupt("the row that tells where the history stands has another checksum");
  }
  return history;
}

Result<HistoryWriter> HistoryWriter::prepare(const SqliteConnection& database) {
  AVOW_TRY(Statement update, Statement::prepare(database.raw(), update_text));
  return HistoryWriter(std::move(update));
}

Result<void> HistoryWriter::write(const History& history) {
  update_.bind(history.epoch).bind(history.through);
  if (history.closed_at) {
    update_.bind(*history.closed_at);
  } else {
    update_.bind_null();
  }
  update_.bind(ByteView(history.base)).bind(history.head).bind(ByteView(history.chain));
  update_.bind(history.log_rows).bind(history.log_bytes);
  for (const RowSum* tally : {&history.spaces, &history.live, &history.outcomes}) {
    update_.bind(tally->rows).bind(tally->sum);
  }
  return update_.bind(std::uint64_t{crc_of(history)}).run();
}

}  // namespace avow::server
