// Attention of one head on tiles: keys transposed and values paired once, then blocks of 16 queries: scores, softmax,
// context. The tile instructions of the blocks before and behind run between the rows of a block's softmax, which keeps
// the vector units busy. Included as vector_*-inl.h are.
// More than 300 lines because the tile instructions interleave with the softmax of the neighbouring blocks.

constexpr std::int64_t kQueries = 16;

inline std::int64_t RoundedUp(std::int64_t count, std::int64_t to) { return (count + to - 1) / to * to; }

// The sum of 16 lanes, and their largest, in one order on every CPU.
inline float SumOfLanes(Floats x) {
  const __m256 eight = _mm256_add_ps(Lower(x), Upper(x));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float MaxOfLanes(Floats x) {
  const __m256 eight = _mm256_max_ps(Lower(x), Upper(x));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// 2^x for x <= 0 or little more, within 4e-6 of it; below -125 it is 2^-125. NaN stays NaN.
inline Floats PowerOfTwo(Floats x) {
  const Floats clamped = Max(Set(-125.0f), x);
  const Floats whole = Round(clamped), rest = Sub(clamped, whole);
  Floats sum = Set(0.0096181291f);
  for (const float term : {0.0555041087f, 0.2402265070f, 0.6931471806f, 1.0f}) sum = MulAdd(sum, rest, Set(term));
  return TimesPowerOfTwo(sum, whole);
}

// Where the parts of a head's working memory lie.
struct AttentionParts {
  AttentionParts(const HeadAttention& a)
      : key_tiles(TilesOf(a.keys, kTileColumns)),
        key_steps(TilesOf(a.keys, kTileInner)),
        inner_tiles(TilesOf(a.head_dim, kTileInner)),
        value_tiles(TilesOf(a.head_dim, kTileColumns)),
        score_stride(key_steps * kTileInner),
        context_stride(value_tiles * kTileColumns) {
    auto* at = reinterpret_cast<std::byte*>(a.scratch);
    const auto take = [&](auto*& part, std::int64_t bytes) {
      part = reinterpret_cast<std::remove_reference_t<decltype(part)>>(at);
      at += RoundedUp(bytes, 64);
    };
    take(keys, 2 * key_steps * inner_tiles * kTileBytes);
    take(values, key_steps * value_tiles * kTileBytes);
    take(queries, inner_tiles * kTileBytes);
    for (BFloat16*& of : weights) take(of, kQueries * score_stride * 2);
    for (float*& of : scores) take(of, kQueries * score_stride * 4);
    take(context, kQueries * context_stride * 4);
  }

  std::int64_t key_tiles, key_steps, inner_tiles, value_tiles, score_stride, context_stride;
  BFloat16* keys;        // [key_tiles][inner_tiles][16 pairs of columns, 16 keys, 2]
  BFloat16* values;      // [key_steps][value_tiles][16 pairs of keys, 16 columns, 2]
  BFloat16* queries;     // [inner_tiles][16, 32]
  BFloat16* weights[2];  // [16, score_stride] of one block of queries and the next
  float* scores[2];      // [16, score_stride] likewise
  float* context;        // [16, context_stride]
};

inline void PackKeys(const HeadAttention& a, const AttentionParts& parts) {
  for (std::int64_t tile = 0; tile < parts.key_tiles; ++tile) {
    for (std::int64_t i = 0; i < parts.inner_tiles; ++i) {
      const std::int64_t columns = a.head_dim - i * kTileInner < kTileInner ? a.head_dim - i * kTileInner : kTileInner;
      Words rows[16];
      for (std::int64_t r = 0; r < 16; ++r) {
        const std::int64_t key = tile * 16 + r;
        rows[r] = LoadFirst(a.k + (key < a.keys ? key : 0) * a.kv_stride + i * kTileInner, key < a.keys ? columns : 0);
      }
      Transpose(rows);
      BFloat16* const to = parts.keys + (tile * parts.inner_tiles + i) * 512;
      for (int r = 0; r < 16; ++r) StoreWords(to + r * 32, rows[r]);
    }
  }
}

// Values of keys behind the last are zeros: their weights are, and 0 times NaN would be NaN.
inline void PackValues(const HeadAttention& a, const AttentionParts& parts) {
  for (std::int64_t pair = 0; pair < parts.key_steps * 16; ++pair) {
    const std::int64_t key = 2 * pair, present = a.keys - key;
    for (std::int64_t tile = 0; tile < parts.value_tiles; ++tile) {
      const std::int64_t left = a.head_dim - tile * 16, columns = left < 16 ? left : 16;
      BFloat16* const to = parts.values + ((pair / 16 * parts.value_tiles + tile) * 16 + pair % 16) * 32;
      const BFloat16* const from = a.v + key * a.kv_stride + tile * 16;
      if (present >= 2) {
        StoreWords(to, LoadPairs(from, from + a.kv_stride, columns));
      } else if (present == 1) {
        alignas(32) constexpr BFloat16 kZeros[16] = {};
        StoreWords(to, LoadPairs(from, kZeros, columns));
      } else {
        StoreWords(to, LoadFirst(a.v, 0));
      }
    }
  }
}

// The queries as tiles: where they lie if these are whole, else a copy with zeros around.
struct QueryTiles {
  const BFloat16* data;
  std::int64_t row_bytes, next;  // next: elements to the tile of the next columns
};
inline QueryTiles QueriesAt(const HeadAttention& a, const AttentionParts& parts, std::int64_t first,
                            std::int64_t rows) {
  const BFloat16* const from = a.q + first * a.q_stride;
  if (rows == kQueries && a.head_dim % kTileInner == 0) return {from, a.q_stride * 2, kTileInner};
  for (std::int64_t i = 0; i < parts.inner_tiles; ++i) {
    const std::int64_t left = a.head_dim - i * kTileInner, columns = left < kTileInner ? left : kTileInner;
    for (std::int64_t r = 0; r < kQueries; ++r) {
      StoreWords(parts.queries + (i * 16 + r) * 32,
                 LoadFirst(from + (r < rows ? r : 0) * a.q_stride + i * kTileInner, r < rows ? columns : 0));
    }
  }
  return {parts.queries, 64, 512};
}

// One row of scores to weights, zeros behind the last key; returns one over their sum. `scale` includes log2(e).
inline float Softmax(const HeadAttention& a, const AttentionParts& parts, std::int64_t block, std::int64_t row,
                     float scale) {
  const float* const scores = parts.scores[block % 2] + row * parts.score_stride;
  BFloat16* const weights = parts.weights[block % 2] + row * parts.score_stride;
  const std::int64_t whole = a.keys / 16 * 16, rest = a.keys - whole;
  Floats largest = Set(-std::numeric_limits<float>::infinity());
  for (std::int64_t i = 0; i < whole; i += 16) largest = Max(largest, LoadFloats(scores + i));
  if (rest != 0) largest = Max(largest, FirstOr(LoadFloats(scores + whole), rest, largest));
  const Floats scales = Set(scale), shift = Set(-MaxOfLanes(largest) * scale);
  Floats sum = ZeroFloats();
  for (std::int64_t i = 0; i < whole; i += 16) {
    const Floats y = PowerOfTwo(MulAdd(LoadFloats(scores + i), scales, shift));
    StoreBf16(weights + i, y);
    sum = Add(sum, y);
  }
  std::int64_t at = whole;
  if (rest != 0) {
    const Floats y = FirstOr(PowerOfTwo(MulAdd(LoadFloats(scores + whole), scales, shift)), rest, ZeroFloats());
    StoreBf16(weights + whole, y);
    sum = Add(sum, y);
    at += 16;
  }
  if (at < parts.score_stride) StoreBf16(weights + at, ZeroFloats());
  return 1.0f / SumOfLanes(sum);
}

// One step along the keys of weights times up to four tiles of value columns, whose sums stay in the tiles 0 to 3.
template <int kCount, class Tiles>
inline void ContextStep(const AttentionParts& parts, const BFloat16* weights, std::int64_t tile, std::int64_t step,
                        Tiles& tiles) {
  if (step == 0) {
    tiles.template Zero<0>();
    if constexpr (kCount > 1) tiles.template Zero<1>();
    if constexpr (kCount > 2) tiles.template Zero<2>();
    if constexpr (kCount > 3) tiles.template Zero<3>();
  }
  const BFloat16* const values = parts.values + (step * parts.value_tiles + tile) * 512;
  tiles.template Load<4>(weights + step * kTileInner, parts.score_stride * 2);
  tiles.template Load<5>(values, 64);
  tiles.template DotBf16<0, 4, 5>();
  if constexpr (kCount > 1) {
    tiles.template Load<6>(values + 512, 64);
    tiles.template DotBf16<1, 4, 6>();
  }
  if constexpr (kCount > 2) {
    tiles.template Load<7>(values + 2 * 512, 64);
    tiles.template DotBf16<2, 4, 7>();
  }
  if constexpr (kCount > 3) {
    tiles.template Load<5>(values + 3 * 512, 64);
    tiles.template DotBf16<3, 4, 5>();
  }
  if (step + 1 < parts.key_steps) return;
  float* const to = parts.context + tile * 16;
  const std::int64_t row_bytes = parts.context_stride * 4;
  tiles.template Store<0>(to, row_bytes);
  if constexpr (kCount > 1) tiles.template Store<1>(to + 16, row_bytes);
  if constexpr (kCount > 2) tiles.template Store<2>(to + 32, row_bytes);
  if constexpr (kCount > 3) tiles.template Store<3>(to + 48, row_bytes);
}

// The scores of one block of queries and the context of another, in small steps.
template <class Tiles>
class TileSteps {
 public:
  TileSteps(const AttentionParts& parts, Tiles& tiles) : parts_(parts), tiles_(tiles) {}

  void AddScores(const QueryTiles& queries, std::int64_t block) {
    queries_ = queries;
    scores_ = parts_.scores[block % 2];
    key_tile_ = 0;
  }
  void AddContext(std::int64_t block) {
    weights_ = parts_.weights[block % 2];
    value_tile_ = key_step_ = 0;
  }

  std::int64_t left() const {
    const std::int64_t groups = (parts_.value_tiles - value_tile_ + 3) / 4;
    return (parts_.key_tiles - key_tile_ + 1) / 2 + groups * parts_.key_steps - key_step_;
  }
  void Run(std::int64_t count) {
    for (; count > 0 && key_tile_ < parts_.key_tiles; --count) StepScores();
    for (; count > 0 && value_tile_ < parts_.value_tiles; --count) StepContext();
  }

 private:
  // Against two tiles of keys, in the tiles 6 and 7.
  void StepScores() {
    const bool two = key_tile_ + 1 < parts_.key_tiles;
    const BFloat16* keys = parts_.keys + key_tile_ * parts_.inner_tiles * 512;
    tiles_.template Zero<6>();
    if (two) tiles_.template Zero<7>();
    for (std::int64_t i = 0; i < parts_.inner_tiles; ++i, keys += 512) {
      tiles_.template Load<4>(queries_.data + i * queries_.next, queries_.row_bytes);
      tiles_.template Load<5>(keys, 64);
      tiles_.template DotBf16<6, 4, 5>();
      if (two) {
        tiles_.template Load<5>(keys + parts_.inner_tiles * 512, 64);
        tiles_.template DotBf16<7, 4, 5>();
      }
    }
    float* const to = scores_ + key_tile_ * 16;
    tiles_.template Store<6>(to, parts_.score_stride * 4);
    if (two) tiles_.template Store<7>(to + 16, parts_.score_stride * 4);
    key_tile_ += 2;
    if (key_tile_ > parts_.key_tiles) key_tile_ = parts_.key_tiles;
  }

  void StepContext() {
    switch (parts_.value_tiles - value_tile_) {
      case 1:
        ContextStep<1>(parts_, weights_, value_tile_, key_step_, tiles_);
        break;
      case 2:
        ContextStep<2>(parts_, weights_, value_tile_, key_step_, tiles_);
        break;
      case 3:
        ContextStep<3>(parts_, weights_, value_tile_, key_step_, tiles_);
        break;
      default:
        ContextStep<4>(parts_, weights_, value_tile_, key_step_, tiles_);
    }
    if (++key_step_ < parts_.key_steps) return;
    key_step_ = 0;
    value_tile_ = value_tile_ + 4 < parts_.value_tiles ? value_tile_ + 4 : parts_.value_tiles;
  }

  const AttentionParts& parts_;
  Tiles& tiles_;
  QueryTiles queries_{};
  float* scores_ = nullptr;
  const BFloat16* weights_ = nullptr;
  std::int64_t key_tile_ = parts_.key_tiles;      // the next to score
  std::int64_t value_tile_ = parts_.value_tiles;  // the first of the four whose context is next,
  std::int64_t key_step_ = 0;                     // at this step
};

inline void StoreContext(const HeadAttention& a, const AttentionParts& parts, std::int64_t row, std::int64_t out_row,
                         float factor) {
  const float* const context = parts.context + row * parts.context_stride;
  const Floats factors = Set(factor);
  BFloat16* const out = a.out.Row(out_row);
  for (std::int64_t c = 0; c < a.head_dim;) {
    // Up to 16 columns that lie in one block.
    const std::int64_t column = a.column + c, in_block = kTileInner - column % kTileInner;
    std::int64_t count = a.head_dim - c < in_block ? a.head_dim - c : in_block;
    if (count > 16) count = 16;
    const Floats x = Mul(factors, LoadFirst(context + c, count));
    if (count == 16) {
      StoreBf16(a.out.At(out, column), x);
    } else {
      BFloat16 some[16];
      StoreBf16(some, x);
      __builtin_memcpy(a.out.At(out, column), some, static_cast<std::size_t>(count) * sizeof(BFloat16));
    }
    c += count;
  }
}

template <class Tiles>
void Attend(const HeadAttention& a) {
  Tiles tiles;
  const AttentionParts parts(a);
  PackKeys(a, parts);
  PackValues(a, parts);
  const float scale = 1.44269504f / std::sqrt(static_cast<float>(a.head_dim));
  const std::int64_t blocks = (a.queries + kQueries - 1) / kQueries;
  const auto rows_of = [&](std::int64_t block) {
    const std::int64_t left = a.queries - block * kQueries;
    return left < kQueries ? left : kQueries;
  };
  float factors[2][kQueries];
  TileSteps<Tiles> steps(parts, tiles);
  steps.AddScores(QueriesAt(a, parts, 0, rows_of(0)), 0);
  // Scores run a block ahead of the softmax, the context a block behind.
  for (std::int64_t block = 0; block <= blocks; ++block) {
    steps.Run(steps.left());
    if (block + 1 < blocks) steps.AddScores(QueriesAt(a, parts, (block + 1) * kQueries, rows_of(block + 1)), block + 1);
    if (block > 0) steps.AddContext(block - 1);
    if (block < blocks) {
      const std::int64_t rows = rows_of(block), steps_a_row = (steps.left() + rows - 1) / rows;
      for (std::int64_t r = 0; r < rows; ++r) {
        factors[block % 2][r] = Softmax(a, parts, block, r, scale);
        steps.Run(steps_a_row);
      }
    }
    steps.Run(steps.left());
    if (block == 0) continue;
    const std::int64_t before = block - 1, first = before * kQueries;
    for (std::int64_t r = 0; r < rows_of(before); ++r) {
      StoreContext(a, parts, r, first + r, factors[before % 2][r]);
    }
  }
}
