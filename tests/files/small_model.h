// A complete DistilBERT folder of two kilobytes: one layer, 4 wide, 8 pieces, 2 labels.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "files/file_errors.h"

namespace valence::internal {

// Every tensor, or those whose place in the list is `part` modulo `parts`. Their names are appended to `names`.
inline std::string SmallWeights(int part = 0, int parts = 1, std::vector<std::string>* names = nullptr) {
  const std::string layer = "distilbert.transformer.layer.0.", embeddings = "distilbert.embeddings.";
  std::vector<std::pair<std::string, std::vector<int>>> tensors = {{embeddings + "word_embeddings.weight", {8, 4}},
                                                                   {embeddings + "position_embeddings.weight", {6, 4}},
                                                                   {embeddings + "LayerNorm.weight", {4}},
                                                                   {embeddings + "LayerNorm.bias", {4}},
                                                                   {layer + "ffn.lin1.weight", {8, 4}},
                                                                   {layer + "ffn.lin1.bias", {8}},
                                                                   {layer + "ffn.lin2.weight", {4, 8}},
                                                                   {layer + "ffn.lin2.bias", {4}},
                                                                   {"pre_classifier.weight", {4, 4}},
                                                                   {"pre_classifier.bias", {4}},
                                                                   {"classifier.weight", {2, 4}},
                                                                   {"classifier.bias", {2}}};
  for (const char* name : {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"}) {
    tensors.push_back({layer + name + ".weight", {4, 4}});
    tensors.push_back({layer + name + ".bias", {4}});
  }
  for (const char* name : {"sa_layer_norm", "output_layer_norm"}) {
    tensors.push_back({layer + name + ".weight", {4}});
    tensors.push_back({layer + name + ".bias", {4}});
  }
  std::string header = R"({"__metadata__":{"format":"pt"})", data;
  int place = 0;
  for (const auto& [name, shape] : tensors) {
    if (place++ % parts != part) continue;
    if (names != nullptr) names->push_back(name);
    const std::size_t begin = data.size();
    std::string dimensions;
    int elements = 1;
    for (const int dimension : shape) {
      if (!dimensions.empty()) dimensions += ',';
      dimensions += std::to_string(dimension);
      elements *= dimension;
    }
    // bf16 values of both signs between 0.5 and 1.
    for (int i = 0; i < elements; ++i) {
      data += static_cast<char>(i * 37);
      data += static_cast<char>(i % 2 == 0 ? 0x3F : 0xBF);
    }
    header += ",\"" + name + R"(":{"dtype":"BF16","shape":[)" + dimensions + R"(],"data_offsets":[)" +
              std::to_string(begin) + "," + std::to_string(data.size()) + "]}";
  }
  return Framed(header + "}", data);
}

// File name to content. The tokenizer is in vocab.txt; SmallTokenizerJson says the same.
inline std::map<std::string, std::string> SmallModel() {
  return {
      {"config.json",
       R"({"model_type":"distilbert","architectures":["DistilBertForSequenceClassification"],"dim":4,"hidden_dim":8,)"
       R"("n_layers":1,"n_heads":2,"vocab_size":8,"max_position_embeddings":6,"activation":"gelu",)"
       R"("id2label":{"0":"NEGATIVE","1":"POSITIVE"},"problem_type":null})"},
      {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\n##s\n"},
      {"tokenizer_config.json",
       R"({"do_lower_case":true,"strip_accents":null,"tokenize_chinese_chars":true,"model_max_length":6,)"
       R"("cls_token":"[CLS]","sep_token":{"content":"[SEP]","lstrip":false},"tokenizer_class":"DistilBertTokenizer",)"
       R"("added_tokens_decoder":{"2":{"content":"[CLS]","normalized":false,"special":true}}})"},
      {"model.safetensors", SmallWeights()}};
}

// The same model in older and rarer forms: split weights, tokens in files of their own, a regression's config.json.
inline std::map<std::string, std::string> RareSmallModel() {
  std::map<std::string, std::string> files = {
      {"config.json",
       R"({"model_type":"distilbert","architectures":"Other","dim":4,"hidden_dim":8,"n_layers":1,"n_heads":2,)"
       R"("vocab_size":8,"max_position_embeddings":6,"activation":"gelu_new","id2label":{"0":0,"1":null},)"
       R"("num_labels":2,"problem_type":"regression"})"},
      {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\n"},
      {"tokenizer_config.json", R"({"do_lower_case":true,"truncation_side":"left","url_token":"<url>"})"},
      {"special_tokens_map.json",
       R"({"mask_token":{"content":"[MASK]","lstrip":true},"extra_special_tokens":{"odd":"good"}})"},
      {"added_tokens.json", R"({"<new>":6})"}};
  std::string map;
  for (int part = 0; part < 2; ++part) {
    const std::string file = "part-" + std::to_string(part) + ".safetensors";
    std::vector<std::string> names;
    files[file] = SmallWeights(part, 2, &names);
    for (const std::string& name : names) map += (map.empty() ? "\"" : ",\"") + name + "\":\"" + file + '"';
  }
  files["model.safetensors.index.json"] = R"({"metadata":{"total_size":1},"weight_map":{)" + map + "}}";
  return files;
}

inline std::string SmallTokenizerJson() {
  return R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":2,"content":"[CLS]","special":true,)"
         R"("single_word":false,"lstrip":false,"rstrip":false,"normalized":false}],"normalizer":{"type":"BertNormalizer",)"
         R"("clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":)"
         R"({"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":)"
         R"({"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],)"
         R"("special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],)"
         R"("tokens":["[SEP]"]}}},"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",)"
         R"("max_input_chars_per_word":100,"vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"good":5,"bad":6,)"
         R"("##s":7}}})";
}

}  // namespace valence::internal
