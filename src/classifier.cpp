// The spine: from a model folder and texts to labels and scores, one stage after the other. Read this first.
//
//   text --tokenizer/--> ids --batch/--> packed chunk --model/--> logits --> label, score
#include "valence/classifier.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "batch/scheduler.h"
#include "files/model_folder.h"
#include "files/model_tensors.h"
#include "model/encoder.h"
#include "model/scores.h"
#include "ops/implementation.h"
#include "settings.h"
#include "tokenizer/make_tokenizer.h"
#include "tokenizer/text_reader.h"
#include "valence/error.h"
#include "valence/threads.h"

namespace valence {
namespace {

using namespace internal;

// Runs once on each worker thread. Not a member of Impl, because the flag would then be an exported symbol.
void LimitThisWorker() { [[maybe_unused]] thread_local const bool limited = (UseOneThreadInThisThread(), true); }

}  // namespace

// Hidden, because otherwise it would be exported as part of an exported class.
class [[gnu::visibility("hidden")]] Classifier::Impl final : public internal::Work {
 public:
  // --- The stages, in order. The scheduler calls them on its worker threads.

  // Tokenize: text -> ids [tokens], and whether a part of the text was left out
  bool Tokenize(std::string_view text, std::vector<std::int32_t> & ids) override { return reader_.Read(text, ids); }

  // Pack: the ids of several texts -> a chunk of about ChunkTokens() tokens. The scheduler does this; a text that is
  // longer than the rule allows is packed in windows.
  WindowRule window_rule() const override { return settings.window_rule(); }

  // Encode: chunk -> logits [texts, labels], by one worker or by a team of them
  void Run(const PackedBatch& chunk, int worker, int leader, TeamMember& member, std::vector<float>& logits) override {
    LimitThisWorker();  // not in State, because another member may create the leader's state
    encoder_->Forward(chunk, State(leader), State(worker), member, logits);
  }

  // Answer: logits [labels] -> label and score
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

  // --- What starts them

  Impl(const ModelFolder& folder, const Options& options)
      : model_folder(folder.path),
        config(folder.config),
        tokenizer(MakeTokenizer(folder.tokenizer)),
        settings(ChooseSettings(options, config,
                                config.int8_weights && LayersAreInt8(FindModelTensors(config, folder.weights)),
                                tokenizer.model_max_length())),
        scheduler_(options.shared_threads ? options.shared_threads->scheduler_
                                          : std::make_shared<Scheduler>(settings.threads, ChunkTokens())),
        reader_(tokenizer, static_cast<std::size_t>(settings.max_tokens), settings.long_text, settings.preparation),
        encoder_(Encoder::Load(config, folder.weights, OperandType(settings.precision), settings.threads,
                               scheduler_->max_team())),
        states_(static_cast<std::size_t>(settings.threads)) {}

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
  std::uint64_t Submit(std::vector<std::string> texts, std::function<void(Outcome)> done);

  void Cancel(std::uint64_t submission) {
    scheduler_->Cancel(submission,
                       std::make_exception_ptr(Error(ErrorCode::kCancelled, "the submission was cancelled")));
  }

  // text -> what the model reads of it: one sequence of ids, or windows
  std::vector<Encoding> Encode(std::string_view text) const;

  const std::filesystem::path model_folder;
  const Config config;
  const Tokenizer tokenizer;
  const Settings settings;

 private:
  struct Submission {
    std::vector<std::string> texts;
    std::vector<std::string_view> views;  // of texts
    AnswerFunction answer;
    Outcome outcome;
    std::function<void(Outcome)> done;
    Request request;
  };
  static void Finish(std::unique_ptr<Submission> submission);

  struct Slot {
    std::mutex mutex;  // not std::call_once: if memory runs out the call throws, which not every pthread_once supports
    std::unique_ptr<WorkerState> state;
  };

  // Created by the first member of a team that needs it.
  WorkerState& State(int worker) {
    Slot& slot = states_[static_cast<std::size_t>(worker)];
    const std::lock_guard lock(slot.mutex);
    if (!slot.state) slot.state = encoder_->MakeState(std::max<std::int64_t>(ChunkTokens(), settings.max_tokens));
    return *slot.state;
  }

  const std::shared_ptr<Scheduler> scheduler_;
  const TextReader reader_;
  const std::unique_ptr<const Encoder> encoder_;
  std::vector<Slot> states_;  // [threads]
};

std::uint64_t Classifier::Impl::Submit(std::vector<std::string> texts, std::function<void(Outcome)> done) {
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
  (void)submission.release();  // NOLINT(bugprone-unused-return-value): Finish owns it and may have run
  return id;
}

void Classifier::Impl::Finish(std::unique_ptr<Submission> submission) {
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

std::vector<Encoding> Classifier::Impl::Encode(std::string_view text) const {
  Portion whole;
  const bool truncated = reader_.Read(text, whole.ids);
  const std::size_t tokens = whole.ids.size();
  Sequence sequence(std::make_shared<const Portion>(std::move(whole)), 0, tokens, 0, truncated, window_rule());
  std::vector<Encoding> encodings;
  for (const std::size_t windows = sequence.windows_left(); sequence.window < windows; ++sequence.window) {
    PackedBatch batch;
    sequence.AppendTo(batch);
    encodings.push_back({std::move(batch.ids), truncated});
  }
  return encodings;
}

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
Precision Classifier::precision() const noexcept { return impl_->settings.precision; }
int Classifier::threads() const noexcept { return impl_->settings.threads; }
int Classifier::max_tokens() const noexcept { return impl_->settings.max_tokens; }
ProblemType Classifier::problem_type() const noexcept { return impl_->config.problem_type; }
std::string Classifier::model_class() const {
  const Config& config = impl_->config;
  return config.architecture->class_name +
         (config.other_class.empty() ? "" : " (config.json names " + config.other_class + ")");
}
std::string_view Classifier::activation() const noexcept { return ToString(impl_->config.activation); }
LongText Classifier::long_text() const noexcept { return impl_->settings.long_text; }
int Classifier::stride() const noexcept { return impl_->settings.stride; }
const TextPreparation& Classifier::preparation() const noexcept { return impl_->settings.preparation; }

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

}  // namespace valence
