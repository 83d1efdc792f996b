#include "tests/bench/sockets/load_report.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace avow::bench {
namespace {

std::string text_of_file(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(name).rdbuf();
  return text.str();
}

}  // namespace

void LoadReport::add(std::string_view name, double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", number);
  members_ += (members_.empty() ? "\"" : ", \"") + std::string(name) + "\": " + text;
}

void LoadReport::add_times(std::vector<double> times, std::string_view prefix) {
  std::sort(times.begin(), times.end());
  add(std::string(prefix) + "p50_us", times[times.size() / 2] * 1e6);
  add(std::string(prefix) + "p99_us", times[times.size() * 99 / 100] * 1e6);
}

void LoadReport::begin() {
  processor_at_begin_ = processor_seconds();
  resident_at_begin_ = resident_bytes();
}

void LoadReport::end() {
  if (server_ == 0) return;
  add("processor_seconds", processor_seconds() - processor_at_begin_);
  add("memory_growth", resident_bytes() - resident_at_begin_);
}

void LoadReport::add_memory_each(std::size_t count) {
  add("bytes_each", (resident_bytes() - resident_at_begin_) / static_cast<double>(count));
}

void LoadReport::print() const { std::printf("{%s}\n", members_.c_str()); }

double LoadReport::processor_seconds() const {
  if (server_ == 0) return 0;
  // Behind the name, which may have spaces: state, then numbers; the 12th and 13th are clock ticks.
  const std::string text = text_of_file("/proc/" + std::to_string(server_) + "/stat");
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double LoadReport::resident_bytes() const {
  if (server_ == 0) return 0;
  std::istringstream fields(text_of_file("/proc/" + std::to_string(server_) + "/statm"));
  double size = 0;
  double resident = 0;
  fields >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace avow::bench
