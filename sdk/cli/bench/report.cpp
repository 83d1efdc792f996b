#include "cli/bench/report.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace avow::cli::bench {
namespace {

struct Percentile {
  const char* name;
  double percent;
};
constexpr std::array percentiles{Percentile{"p50", 50}, Percentile{"p90", 90},
                                 Percentile{"p99", 99}, Percentile{"p99.9", 99.9},
                                 Percentile{"p99.99", 99.99}};

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...) {
  std::array<char, 256> text{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return text.data();
}

// 1234567 is 1,234,567.
std::string grouped(double number) {
  std::string digits = formatted("%.0f", number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string as_time(std::uint64_t ns) {
  const auto number = static_cast<double>(ns);
  if (ns < 10'000'000) return formatted("%.*f µs", ns < 100'000 ? 1 : 0, number / 1e3);
  if (ns < 10'000'000'000) return formatted("%.*f ms", ns < 100'000'000 ? 1 : 0, number / 1e6);
  return formatted("%.1f s", number / 1e9);
}

std::string as_rate(double per_second) {
  return per_second < 1e6 ? grouped(per_second) : formatted("%.1f M", per_second / 1e6);
}

struct Flag {
  std::string_view name;
  std::uint64_t number;  // 0: the workload has no such setting.
};
std::array<Flag, 7> flags_of(const Settings& settings) {
  return {Flag{"size", settings.size},   Flag{"connections", settings.connections},
          Flag{"facts", settings.facts}, Flag{"batch", settings.batch},
          Flag{"pack", settings.pack},   Flag{"window", settings.window},
          Flag{"rate", settings.rate}};
}

double rate_of(const Report& report) { return static_cast<double>(report.count) / report.seconds; }

// `first_byte_ms` is "first byte 12.3 ms".
std::string spelled(std::string_view name, double number) {
  std::string words(name);
  for (char& letter : words) letter = letter == '_' ? ' ' : letter;
  const std::size_t unit = words.rfind(' ');
  const std::string value = number < 1'000 ? formatted("%.1f", number) : grouped(number);
  return words.substr(0, unit) + " " + value + words.substr(unit);
}

}  // namespace

std::string in_words(const Outcome& outcome) {
  const Report& report = outcome.report;
  const std::string unit(report.unit);
  std::string text(outcome.name);
  text += ": " + grouped(rate_of(report)) + " " + unit + "/s\n";
  text += "  arrived   " + grouped(static_cast<double>(report.count)) + " " + unit + " in " +
          formatted("%.2f", report.seconds) +
          (outcome.is_complete ? " s, each checked: none lost, none twice\n"
                               : " s, until it ended early\n");
  if (report.delay.count() > 0) {
    text += "  " + std::string(report.delay_of);
    text.resize(text.rfind('\n') + 13, ' ');
    for (const Percentile& each : percentiles) {
      text += std::string(each.name) + " " + as_time(report.delay.percentile(each.percent)) + "  ";
    }
    text += "max " + as_time(report.delay.max()) + "\n";
  }
  for (const auto& [name, number] : report.more)
    text += "            " + spelled(name, number) + "\n";
  text += "  driver    busy " + formatted("%.0f", report.driver_busy * 100) + " % of one processor";
  if (outcome.ceiling.writes > 0) {
    text += "; without a server it writes " + as_rate(outcome.ceiling.writes) + "/s and reads " +
            as_rate(outcome.ceiling.reads) + "/s";
  }
  text += "\n  settings ";
  for (const Flag& flag : flags_of(outcome.settings)) {
    if (flag.number > 0) text += " --" + std::string(flag.name) + " " + std::to_string(flag.number);
  }
  if (!report.note.empty()) text += "\n  note      " + report.note;
  return text;
}

std::string table_head() {
  return "workload          a second  unit              p50        p99     driver busy";
}

std::string as_row(const Outcome& outcome) {
  const Report& report = outcome.report;
  std::string row = formatted("%-10s  %14s  %-11.*s", std::string(outcome.name).c_str(),
                              grouped(rate_of(report)).c_str(),
                              static_cast<int>(report.unit.size()), report.unit.data());
  // The letter µ is two bytes and one column.
  for (const double percent : {50.0, 99.0}) {
    const bool is_told = report.delay.count() > 0;
    const std::string time = is_told ? as_time(report.delay.percentile(percent)) : "-";
    const int columns = time.find("µ") != std::string::npos ? 11 : 10;
    row += formatted("%*s ", columns, time.c_str());
  }
  row += formatted("  %5.0f %%", report.driver_busy * 100);
  const char* separator = "   ";
  for (const auto& [name, number] : report.more) {
    row += separator + spelled(name, number);
    separator = ", ";
  }
  return outcome.is_complete ? row : row + "   (ended early)";
}

std::string as_json(const Outcome& outcome) {
  const Report& report = outcome.report;
  std::string text = "{\"workload\":\"" + std::string(outcome.name) + "\",\"unit\":\"" +
                     std::string(report.unit) + "\",\"count\":" + std::to_string(report.count);
  text += outcome.is_complete ? "" : ",\"complete\":false";
  text += formatted(",\"seconds\":%.6f,\"per_second\":%.1f", report.seconds, rate_of(report));
  if (report.delay.count() > 0) {
    text += ",\"delay_us\":{";
    for (const Percentile& each : percentiles) {
      text += formatted("\"%s\":%.1f,", each.name,
                        static_cast<double>(report.delay.percentile(each.percent)) / 1e3);
    }
    text += formatted("\"max\":%.1f}", static_cast<double>(report.delay.max()) / 1e3);
  }
  for (const auto& [name, number] : report.more) {
    text += ",\"" + std::string(name) + "\":" + formatted("%.3f", number);
  }
  text += formatted(",\"driver\":{\"busy\":%.3f", report.driver_busy);
  if (outcome.ceiling.writes > 0) {
    text += formatted(",\"writes_per_second\":%.0f,\"reads_per_second\":%.0f",
                      outcome.ceiling.writes, outcome.ceiling.reads);
  }
  text += "}";
  text += ",\"settings\":{";
  for (const Flag& flag : flags_of(outcome.settings)) {
    if (!text.ends_with('{')) text += ",";
    text += "\"" + std::string(flag.name) + "\":" + std::to_string(flag.number);
  }
  text += "}";
  return text + "}";
}

}  // namespace avow::cli::bench
