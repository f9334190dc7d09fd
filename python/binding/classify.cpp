// Two slices are classified at any time, each called from a thread of its own, so that the library's workers have work
// while the answers of a slice are stored.
#include "classify.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <vector>

#include "failure.h"

namespace valence_python {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kUnderWay = 2;
constexpr double kSliceSeconds = 0.15;  // what a slice should take
constexpr auto kSignalPeriod = std::chrono::milliseconds(50);
constexpr std::size_t kBytesOfARow = 16;   // a row costs something even when it is empty
constexpr std::size_t kBytesOfAToken = 8;  // a long text costs no more than its tokens up to the limit

// A slice, and its answers: [texts] or [texts, labels], empty where not wanted.
struct Job {
  Slice slice;
  std::size_t bytes = 0;
  std::vector<std::int32_t> label_ids;
  std::vector<float> label_scores, scores, logits;
  std::vector<std::uint8_t> truncated;
  std::future<void> done;

  // Runs on any thread, without the GIL.
  void Run(const valence_classifier* classifier) {
    const auto wanted = [](auto& values) { return values.empty() ? nullptr : values.data(); };
    const valence_answers answers = {sizeof answers, wanted(label_ids), wanted(label_scores),
                                     wanted(scores), wanted(logits),    wanted(truncated)};
    Check(valence_classify(classifier, slice.texts.data(), slice.texts.size(), &answers));
  }
};

class Run {
 public:
  Run(const valence_classifier* classifier, const TextColumn& column, const Answers& answers, SliceBytes& slice_bytes)
      : classifier_(classifier),
        column_(column),
        answers_(answers),
        slice_bytes_(slice_bytes),
        labels_(valence_classifier_label_count(classifier)),
        longest_(kBytesOfAToken * static_cast<std::size_t>(valence_classifier_max_tokens(classifier))) {}

  // After an error some jobs may still run, and their threads read texts that this destructor frees: wait for them.
  ~Run() {
    const nb::gil_scoped_release release;
    for (const auto& job : jobs_) {
      if (job->done.valid()) job->done.wait();  // not valid: the job that failed
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void All() {
    last_ = Clock::now();
    while (true) {
      while (jobs_.size() < kUnderWay && row_ < column_.size()) Submit();
      if (jobs_.empty()) return;
      Job& job = *jobs_.front();
      Wait(job);
      job.done.get();
      Store(job);
      Learn(job.bytes);
      jobs_.pop_front();
    }
  }

 private:
  void Submit() {
    auto job = std::make_unique<Job>();
    const std::size_t budget = slice_bytes_;
    while (row_ < column_.size() && job->bytes < budget) {
      const std::size_t texts = job->slice.texts.size();
      column_.Read(row_++, job->slice);
      job->bytes += kBytesOfARow;
      if (job->slice.texts.size() > texts) job->bytes += std::min(job->slice.texts.back().size, longest_);
    }
    const std::size_t texts = job->slice.texts.size();
    if (texts == 0) return;
    if (answers_.label_ids) job->label_ids.resize(texts);
    if (answers_.label_scores) job->label_scores.resize(texts);
    if (answers_.scores) job->scores.resize(texts * labels_);
    if (answers_.logits) job->logits.resize(texts * labels_);
    if (answers_.truncated) job->truncated.resize(texts);
    // A thread of its own is started only if there is another slice to prepare meanwhile.
    const auto policy = jobs_.empty() && row_ == column_.size() ? std::launch::deferred : std::launch::async;
    job->done = std::async(policy, [run = job.get(), classifier = classifier_] { run->Run(classifier); });
    jobs_.push_back(std::move(job));
  }

  void Wait(const Job& job) const {
    while (true) {
      {
        const nb::gil_scoped_release release;
        const auto status = job.done.wait_for(kSignalPeriod);
        if (status == std::future_status::deferred) job.done.wait();
        if (status != std::future_status::timeout) return;
      }
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
  }

  void Store(const Job& job) const {
    for (std::size_t i = 0; i < job.slice.rows.size(); ++i) {
      const std::size_t row = job.slice.rows[i];
      if (answers_.label_ids) answers_.label_ids[row] = job.label_ids[i];
      if (answers_.label_scores) answers_.label_scores[row] = job.label_scores[i];
      if (answers_.scores) std::copy_n(job.scores.data() + i * labels_, labels_, answers_.scores + row * labels_);
      if (answers_.logits) std::copy_n(job.logits.data() + i * labels_, labels_, answers_.logits + row * labels_);
      if (answers_.truncated) answers_.truncated[row] = job.truncated[i];
    }
  }

  // Adjusts the slice size so that a slice takes kSliceSeconds. A slice cut short by the column's end is not counted.
  void Learn(std::size_t bytes) {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    const std::size_t old = slice_bytes_;
    if (bytes < old) return;
    const double fitting = static_cast<double>(bytes) * kSliceSeconds / std::max(seconds, 1e-6);
    slice_bytes_ = static_cast<std::size_t>(
        std::clamp(fitting, std::max(static_cast<double>(old) / 4, 1.0), static_cast<double>(old) * 4));
  }

  const valence_classifier* const classifier_;
  const TextColumn& column_;
  const Answers answers_;
  SliceBytes& slice_bytes_;
  const std::size_t labels_, longest_;
  std::size_t row_ = 0;
  std::deque<std::unique_ptr<Job>> jobs_;
  Clock::time_point last_;
};

}  // namespace

void Classify(const valence_classifier* classifier, const TextColumn& column, const Answers& answers,
              SliceBytes& slice_bytes) {
  Run(classifier, column, answers, slice_bytes).All();
}

}  // namespace valence_python
