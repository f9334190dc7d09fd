// The spine: from a model folder and texts to labels and scores, one stage after the other. Read this first.
//
//   text --text/--> ids --batch/--> packed chunk --model/--> logits --> label, score
#include "valence/classifier.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>
#include <utility>

#include "batch/scheduler.h"
#include "cpu/cpu_limit.h"
#include "files/model_folder.h"
#include "model/encoder.h"
#include "ops/implementation.h"
#include "tokenizer/text_reader.h"
#include "valence/error.h"
#include "valence/threads.h"

namespace valence {
namespace {

using namespace internal;

constexpr int kMaxThreads = 1024;

int ChooseThreads(int asked) {
  if (asked < 0 || asked > kMaxThreads) {
    throw Error(ErrorCode::kInvalidArgument, "Options::threads: expected 0 to " + std::to_string(kMaxThreads) +
                                                 " (0: all CPUs), found " + std::to_string(asked));
  }
  return asked == 0 ? std::min(UsableCpus(), kMaxThreads) : asked;
}

Precision ChoosePrecision(Precision asked) {
  if (asked == Precision::kBf16 && !HasBf16Products()) {
    throw Error(ErrorCode::kUnsupportedCpu,
                "Options::precision: bf16 needs a CPU with AVX-512 bf16 or AMX; found instruction set " + OneDnnIsa() +
                    ": use f32 or auto");
  }
  if (asked != Precision::kAuto) return asked;
  return HasBf16Products() ? Precision::kBf16 : Precision::kF32;
}

// The model's own limit is the shorter of its position table and what its tokenizer files say.
int ChooseMaxTokens(int asked, const Config& config, const Tokenizer& tokenizer) {
  const auto positions = static_cast<std::size_t>(config.max_position_embeddings);
  if (asked == 0) return static_cast<int>(std::min(positions, tokenizer.model_max_length()));
  if (asked < 2 || static_cast<std::size_t>(asked) > positions) {
    throw Error(ErrorCode::kInvalidArgument, "Options::max_tokens: expected 2 to " + std::to_string(positions) +
                                                 " (max_position_embeddings; 0: the model's limit), found " +
                                                 std::to_string(asked));
  }
  return asked;
}

LongText ChooseLongText(LongText asked) {
  if (asked == LongText::kTruncate || asked == LongText::kFirstAndLast || asked == LongText::kMeanOfWindows)
    return asked;
  throw Error(ErrorCode::kInvalidArgument,
              "Options::long_text: expected a value of LongText, found " + std::to_string(static_cast<int>(asked)));
}

// How far apart windows start, in pieces; a whole window where nothing is said.
int ChooseStride(int asked, LongText long_text, int max_tokens) {
  const int whole_window = max_tokens - 2;
  if (long_text == LongText::kMeanOfWindows && whole_window < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "Options::max_tokens: expected at least 3 for windows, found " + std::to_string(max_tokens));
  }
  if (asked < 0 || asked > whole_window) {
    throw Error(ErrorCode::kInvalidArgument, "Options::stride: expected 0 to " + std::to_string(whole_window) +
                                                 " (max_tokens - 2; 0: as many), found " + std::to_string(asked));
  }
  return asked == 0 ? whole_window : asked;
}

// Only windows are more than what is computed at once.
WindowRule ChooseWindows(LongText long_text, int max_tokens, int stride) {
  if (long_text != LongText::kMeanOfWindows) return {};
  return {static_cast<std::size_t>(max_tokens), static_cast<std::size_t>(stride)};
}

// Every id that the tokenizer can give must have a row in the embedding table.
void CheckVocabulary(const ModelFolder& folder, const Tokenizer& tokenizer) {
  const auto rows = static_cast<std::size_t>(folder.config.vocab_size);
  if (tokenizer.vocab_size() <= rows) return;
  throw Error(ErrorCode::kInvalidTokenizer, folder.path.string() + ": the tokenizer has ids up to " +
                                                std::to_string(tokenizer.vocab_size() - 1) +
                                                ", but config.json has vocab_size " + std::to_string(rows));
}

// logits: [labels] -> softmax over all of them, or the sigmoid of each. Summed in double: the scores add up to one.
std::vector<float> Scores(std::span<const float> logits, ProblemType problem_type) {
  std::vector<float> scores;
  scores.reserve(logits.size());
  if (problem_type == ProblemType::kMultiLabel) {
    for (const float logit : logits) scores.push_back(static_cast<float>(1.0 / (1.0 + std::exp(-double{logit}))));
    return scores;
  }
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit} - largest);
  for (const float logit : logits) scores.push_back(static_cast<float>(std::exp(double{logit} - largest) / sum));
  return scores;
}

std::shared_ptr<Scheduler> ChooseScheduler(const Options& options, const std::shared_ptr<Scheduler>& shared) {
  return shared ? shared : std::make_shared<Scheduler>(ChooseThreads(options.threads), ChunkTokens());
}

// Once a worker thread. In a member of Impl the flag would be a symbol that the shared library shows.
void LimitThisWorker() { [[maybe_unused]] thread_local const bool limited = (UseOneThreadInThisThread(), true); }

}  // namespace

class Classifier::Impl final : public internal::Work {
 public:
  Impl(const ModelFolder& folder, const Options& options)
      : scheduler_(ChooseScheduler(options, options.shared_threads ? options.shared_threads->scheduler_ : nullptr)),
        threads(scheduler_->threads()),
        precision(ChoosePrecision(options.precision)),
        model_folder(folder.path),
        config(folder.config),
        tokenizer(folder.tokenizer),
        max_tokens(ChooseMaxTokens(options.max_tokens, config, tokenizer)),
        long_text(ChooseLongText(options.long_text)),
        stride(ChooseStride(options.stride, long_text, max_tokens)),
        preparation(options.preparation),
        window_rule_(ChooseWindows(long_text, max_tokens, stride)),
        reader_(tokenizer, static_cast<std::size_t>(max_tokens), long_text, preparation),
        states_(static_cast<std::size_t>(threads)) {
    CheckVocabulary(folder, tokenizer);
    const DataType type = precision == Precision::kBf16 ? DataType::kBf16 : DataType::kF32;
    encoder_ = Encoder::Load(config, folder.weights, type, threads, scheduler_->max_team());
  }

  ~Impl() override { scheduler_->WaitFor(*this); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // texts: [texts] -> predictions: [texts]
  std::vector<Prediction> Classify(std::span<const std::string_view> texts) {
    std::vector<Prediction> predictions(texts.size());
    scheduler_->Process(*this, texts, [&](std::size_t text, std::span<const float> logits, bool truncated) {
      predictions[text] = Answer(logits, truncated);
    });
    return predictions;
  }

  // texts: [texts] -> `done` gets predictions: [texts]
  std::uint64_t Submit(std::vector<std::string> texts, std::function<void(Outcome)> done) {
    auto submission = std::make_unique<Submission>();
    Submission& its = *submission;
    its.texts = std::move(texts);
    its.views.assign(its.texts.begin(), its.texts.end());
    its.outcome.predictions.resize(its.texts.size());
    its.done = std::move(done);
    its.answer = [this, &its](std::size_t text, std::span<const float> logits, bool truncated) {
      its.outcome.predictions[text] = Answer(logits, truncated);
    };
    its.request.work = this;
    its.request.texts = its.views;
    its.request.answer = &its.answer;
    its.request.finished = [&its] { Finish(std::unique_ptr<Submission>(&its)); };
    if (its.texts.empty()) {
      Finish(std::move(submission));
      return 0;
    }
    const std::uint64_t id = scheduler_->Submit(its.request);
    (void)submission.release();  // NOLINT(bugprone-unused-return-value): Finish owns it, and may have run already
    return id;
  }

  void Cancel(std::uint64_t submission) {
    scheduler_->Cancel(submission,
                       std::make_exception_ptr(Error(ErrorCode::kCancelled, "the submission was cancelled")));
  }

  // text -> what the model reads of it: one sequence of ids, or windows
  std::vector<Encoding> Encode(std::string_view text) const {
    Portion whole;
    const bool truncated = reader_.Read(text, whole.ids);
    const std::size_t tokens = whole.ids.size();
    Sequence sequence(std::make_shared<const Portion>(std::move(whole)), 0, tokens, 0, truncated, window_rule_);
    std::vector<Encoding> encodings;
    for (const std::size_t windows = sequence.windows_left(); sequence.window < windows; ++sequence.window) {
      PackedBatch batch;
      sequence.AppendTo(batch);
      encodings.push_back({std::move(batch.ids), truncated});
    }
    return encodings;
  }

  WindowRule window_rule() const override { return window_rule_; }

 private:
  const std::shared_ptr<Scheduler> scheduler_;

 public:
  const int threads;
  const Precision precision;
  const std::filesystem::path model_folder;
  const Config config;
  const Tokenizer tokenizer;
  const int max_tokens;
  const LongText long_text;
  const int stride;
  const TextPreparation preparation;

 private:
  // --- The stages, called by the scheduler on its worker threads

  bool Tokenize(std::string_view text, std::vector<std::int32_t>& ids) override { return reader_.Read(text, ids); }

  void Run(const PackedBatch& chunk, int worker, int leader, const TeamMember& member,
           std::vector<float>& logits) override {
    LimitThisWorker();  // not left to State: another member may make the leader's
    encoder_->Forward(chunk, State(leader), State(worker), member, logits);
  }

  // logits: [labels]
  Prediction Answer(std::span<const float> logits, bool truncated) const {
    Prediction prediction;
    prediction.label_id = static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    prediction.label = config.labels[prediction.label_id];
    prediction.scores = Scores(logits, config.problem_type);
    prediction.score = prediction.scores[prediction.label_id];
    prediction.logits.assign(logits.begin(), logits.end());
    prediction.truncated = truncated;
    return prediction;
  }

  // Made when first asked for, by whichever member of a team comes first.
  WorkerState& State(int worker) {
    Slot& slot = states_[static_cast<std::size_t>(worker)];
    const std::lock_guard lock(slot.mutex);
    if (!slot.state) slot.state = encoder_->MakeState(std::max<std::int64_t>(ChunkTokens(), max_tokens));
    return *slot.state;
  }

  struct Submission {
    std::vector<std::string> texts;
    std::vector<std::string_view> views;  // of texts
    AnswerFunction answer;
    Outcome outcome;
    std::function<void(Outcome)> done;
    Request request;
  };

  static void Finish(std::unique_ptr<Submission> submission) {
    Outcome& outcome = submission->outcome;
    const Request& request = submission->request;
    outcome.error = request.error;
    if (outcome.error) outcome.predictions.clear();
    outcome.tokens = request.cost.tokens;
    outcome.tokenizing = request.cost.tokenizing;
    if (request.cost.tokens > 0) {
      outcome.waiting = request.cost.started - request.cost.submitted;
      outcome.computing = RequestCost::Clock::now() - request.cost.started;
    }
    outcome.texts = std::move(submission->texts);
    submission->done(std::move(outcome));
  }

  struct Slot {
    std::mutex mutex;  // no std::call_once: where memory is lacking the call throws, which not every pthread_once bears
    std::unique_ptr<WorkerState> state;
  };

  const WindowRule window_rule_;
  const TextReader reader_;
  std::unique_ptr<const Encoder> encoder_;
  std::vector<Slot> states_;  // [threads]
};

Threads::Threads(int count) : scheduler_(std::make_shared<Scheduler>(ChooseThreads(count), ChunkTokens())) {}
Threads::~Threads() = default;
int Threads::count() const noexcept { return scheduler_->threads(); }

Classifier Classifier::load(const Options& options) { return load(DefaultModelFolder(), options); }

Classifier Classifier::load(const std::filesystem::path& model_folder, const Options& options) {
  return Classifier(std::make_unique<Impl>(OpenModelFolder(model_folder), options));
}

Prediction Classifier::classify(std::string_view text) const {
  return std::move(impl_->Classify(std::span(&text, 1)).front());
}

std::vector<Prediction> Classifier::classify(std::span<const std::string_view> texts) const {
  return impl_->Classify(texts);
}

std::vector<Prediction> Classifier::classify(std::span<const std::string> texts) const {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return impl_->Classify(views);
}

std::vector<Prediction> Classifier::classify(std::initializer_list<std::string_view> texts) const {
  return impl_->Classify(std::span(texts.begin(), texts.size()));
}

std::uint64_t Classifier::submit(std::vector<std::string> texts, std::function<void(Outcome)> done) const {
  return impl_->Submit(std::move(texts), std::move(done));
}

void Classifier::cancel(std::uint64_t submission) const { impl_->Cancel(submission); }

std::vector<Encoding> Classifier::encode(std::string_view text) const { return impl_->Encode(text); }

std::span<const std::string> Classifier::labels() const noexcept { return impl_->config.labels; }
const Tokenizer& Classifier::tokenizer() const noexcept { return impl_->tokenizer; }
const std::filesystem::path& Classifier::model_folder() const noexcept { return impl_->model_folder; }
Precision Classifier::precision() const noexcept { return impl_->precision; }
int Classifier::threads() const noexcept { return impl_->threads; }
int Classifier::max_tokens() const noexcept { return impl_->max_tokens; }
LongText Classifier::long_text() const noexcept { return impl_->long_text; }
int Classifier::stride() const noexcept { return impl_->stride; }
const TextPreparation& Classifier::preparation() const noexcept { return impl_->preparation; }

const char* to_string(LongText long_text) noexcept {
  switch (long_text) {
    case LongText::kTruncate:
      return "truncate";
    case LongText::kFirstAndLast:
      return "first-and-last";
    default:
      return "mean-of-windows";
  }
}

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

}  // namespace valence
