#pragma once

#include "tests/bench/sockets/load_report.hpp"
#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/arguments.hpp"

// The workloads; main.cpp tells their arguments. Each adds what it found to the report. What is
// lost or comes twice stops the program.

namespace avow::bench {

void stream(Server& server, const Arguments& arguments, LoadReport& report);
void latency(Server& server, const Arguments& arguments, LoadReport& report);
void select(Server& server, const Arguments& arguments, LoadReport& report);
void snapshot(Server& server, const Arguments& arguments, LoadReport& report);
void hold(Server& server, const Arguments& arguments);
void join(Server& server, const Arguments& arguments, LoadReport& report);
void memory(Server& server, const Arguments& arguments, LoadReport& report);
void mass_end(Server& server, const Arguments& arguments, LoadReport& report);

// Of avowd alone, or of servers for which there are other clients (asker.hpp).
void churn(const std::string& name, std::uint16_t port, const Arguments& arguments,
           LoadReport& report);
void durable(std::uint16_t port, const Arguments& arguments, LoadReport& report);
void fill(std::uint16_t port, const Arguments& arguments);
void queue(std::uint16_t port, const Arguments& arguments, LoadReport& report);
void beside(std::uint16_t port, const Arguments& arguments, LoadReport& report);

/// How much is counted for what `bytes` publish, in all: they are sent once, and silence afterwards
/// means that it was all.
[[nodiscard]] std::uint64_t counted_for(Counting counting, Socket& publisher, ByteView bytes,
                                        Socket& subscriber);

}  // namespace avow::bench
