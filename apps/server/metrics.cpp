// One mutex for all: a request takes it three times, for less than a microsecond.
#include "metrics.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <new>

#include "valence/error.h"

namespace server {
namespace {

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

void AppendHead(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
  text.append(type).append("\n");
}

void AppendValue(std::string& text, std::string_view name, std::string_view labels, double value) {
  text.append(name).append(labels).append(" ").append(Number(value)).append("\n");
}

void AppendOne(std::string& text, std::string_view name, std::string_view type, std::string_view help, double value) {
  AppendHead(text, name, type, help);
  AppendValue(text, name, "", value);
}

std::string ReasonOf(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const valence::Error& reason) {
    return reason.code() == valence::ErrorCode::kCancelled ? "cancelled" : "backend";
  } catch (const std::bad_alloc&) {
    return "memory";
  } catch (...) {
    return "backend";
  }
}

double ResidentBytes() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenFiles() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  double count = -3;  // ".", ".." and the folder itself
  while (folder && readdir(folder.get()) != nullptr) ++count;
  return std::max(count, 0.0);
}

}  // namespace

void Metrics::Histogram::Add(std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  sum += seconds;
  ++counts[static_cast<std::size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin())];
}

void Metrics::Histogram::AppendTo(std::string& text, std::string_view name, std::string_view help) const {
  AppendHead(text, name, "histogram", help);
  const std::string base(name);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    count += counts[i];
    const std::string bound = i < kBounds.size() ? Number(kBounds[i]) : "+Inf";
    AppendValue(text, base + "_bucket", "{le=\"" + bound + "\"}", static_cast<double>(count));
  }
  AppendValue(text, base + "_sum", "", sum);
  AppendValue(text, base + "_count", "", static_cast<double>(count));
}

void Metrics::CountRequest(bool batch, std::size_t texts) {
  const std::lock_guard lock(mutex_);
  ++requests_[batch ? 1 : 0];
  queue_ += texts;
}

void Metrics::CountOutcome(bool batch, std::size_t texts, const valence::Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  queue_ -= texts;
  tokens_ += outcome.tokens;
  if (outcome.error) {
    ++failures_[ReasonOf(outcome.error)];
    return;
  }
  ++successes_[batch ? 1 : 0];
  texts_ += texts;
  total_.Add(outcome.waiting + outcome.computing);
  tokenizing_.Add(outcome.tokenizing);
  waiting_.Add(outcome.waiting);
  computing_.Add(outcome.computing);
}

void Metrics::CountTexts(const valence::Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  tokens_ += outcome.tokens;
  texts_ += outcome.predictions.size();
}

void Metrics::CountResponse(int status) {
  const std::lock_guard lock(mutex_);
  ++responses_[status];
}

std::string Metrics::Text(const Gauges& gauges) const {
  std::string text;
  const std::lock_guard lock(mutex_);
  const auto by_method = [&](std::string_view name, std::string_view help, const std::uint64_t(&counts)[2]) {
    AppendHead(text, name, "counter", help);
    AppendValue(text, name, "{method=\"single\"}", static_cast<double>(counts[0]));
    AppendValue(text, name, "{method=\"batch\"}", static_cast<double>(counts[1]));
  };
  by_method("te_request_count", "Requests with texts.", requests_);
  by_method("te_request_success", "Of these, answered.", successes_);
  AppendHead(text, "te_request_failure", "counter", "Of these, failed.");
  for (const auto& [reason, count] : failures_) {
    AppendValue(text, "te_request_failure", "{err=\"" + reason + "\"}", static_cast<double>(count));
  }
  AppendOne(text, "te_predict_count", "counter", "Texts answered.", static_cast<double>(texts_));
  AppendOne(text, "te_queue_size", "gauge", "Texts not answered yet.", static_cast<double>(queue_));
  total_.AppendTo(text, "te_request_duration", "Seconds from a request to its answers.");
  tokenizing_.AppendTo(text, "te_request_tokenization_duration", "Seconds in which a request's texts were tokenized.");
  waiting_.AppendTo(text, "te_request_queue_duration", "Seconds until a request's first text reached the model.");
  computing_.AppendTo(text, "te_request_inference_duration", "Seconds from then to the answers.");
  AppendHead(text, "valence_http_responses_total", "counter", "Responses of all paths.");
  for (const auto& [status, count] : responses_) {
    AppendValue(text, "valence_http_responses_total", "{status=\"" + std::to_string(status) + "\"}",
                static_cast<double>(count));
  }
  AppendOne(text, "valence_tokens_total", "counter", "Tokens that the model read.", static_cast<double>(tokens_));
  AppendOne(text, "valence_waiting_tokens", "gauge", "Estimate of the tokens not answered yet.",
            static_cast<double>(gauges.waiting_tokens));
  AppendOne(text, "valence_connections", "gauge", "Open connections.", static_cast<double>(gauges.connections));
  AppendOne(text, "process_resident_memory_bytes", "gauge", "Resident memory.", ResidentBytes());
  AppendOne(text, "process_open_fds", "gauge", "Open file descriptors.", OpenFiles());
  return text;
}

}  // namespace server
