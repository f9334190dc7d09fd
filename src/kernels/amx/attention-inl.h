// Attention of one head on tiles: keys transposed and values paired once, then 16 queries at a time: scores, softmax,
// context. Included as vector_*-inl.h are.

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
    take(weights, kQueries * score_stride * 2);
    take(scores, kQueries * score_stride * 4);
    take(context, kQueries * context_stride * 4);
  }

  std::int64_t key_tiles, key_steps, inner_tiles, value_tiles, score_stride, context_stride;
  BFloat16* keys;     // [key_tiles][inner_tiles][16 pairs of columns, 16 keys, 2]
  BFloat16* values;   // [key_steps][value_tiles][16 pairs of keys, 16 columns, 2]
  BFloat16* queries;  // [inner_tiles][16, 32]
  BFloat16* weights;  // [16, score_stride]
  float* scores;      // [16, score_stride]
  float* context;     // [16, context_stride]
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

// Scores against one tile of keys, in tile kSum.
template <int kSum, class Tiles>
inline void ScoreTile(const AttentionParts& parts, const QueryTiles& q, std::int64_t tile, Tiles& tiles) {
  tiles.template Zero<kSum>();
  const BFloat16* keys = parts.keys + tile * parts.inner_tiles * 512;
  for (std::int64_t i = 0; i < parts.inner_tiles; ++i, keys += 512) {
    tiles.template Load<4 + kSum % 2>(q.data + i * q.next, q.row_bytes);
    tiles.template Load<6 + kSum % 2>(keys, 64);
    tiles.template DotBf16<kSum, 4 + kSum % 2, 6 + kSum % 2>();
  }
}
template <int kSum, class Tiles>
inline void StoreScores(const AttentionParts& parts, std::int64_t tile, Tiles& tiles) {
  tiles.template Store<kSum>(parts.scores + tile * 16, parts.score_stride * 4);
}

template <class Tiles>
inline void Score(const AttentionParts& parts, const QueryTiles& q, Tiles& tiles) {
  std::int64_t tile = 0;
  for (; tile + 4 <= parts.key_tiles; tile += 4) {
    ScoreTile<0>(parts, q, tile, tiles);
    ScoreTile<1>(parts, q, tile + 1, tiles);
    ScoreTile<2>(parts, q, tile + 2, tiles);
    ScoreTile<3>(parts, q, tile + 3, tiles);
    StoreScores<0>(parts, tile, tiles);
    StoreScores<1>(parts, tile + 1, tiles);
    StoreScores<2>(parts, tile + 2, tiles);
    StoreScores<3>(parts, tile + 3, tiles);
  }
  for (; tile < parts.key_tiles; ++tile) {
    ScoreTile<0>(parts, q, tile, tiles);
    StoreScores<0>(parts, tile, tiles);
  }
}

// One row of scores to weights, zeros behind the last key; returns one over their sum. `scale` includes log2(e).
inline float Softmax(const HeadAttention& a, const AttentionParts& parts, std::int64_t row, float scale) {
  const float* const scores = parts.scores + row * parts.score_stride;
  BFloat16* const weights = parts.weights + row * parts.score_stride;
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

// weights times up to four tiles of value columns.
template <int kCount, class Tiles>
inline void Context(const AttentionParts& parts, std::int64_t tile, Tiles& tiles) {
  tiles.template Zero<0>();
  if constexpr (kCount > 1) tiles.template Zero<1>();
  if constexpr (kCount > 2) tiles.template Zero<2>();
  if constexpr (kCount > 3) tiles.template Zero<3>();
  for (std::int64_t step = 0; step < parts.key_steps; ++step) {
    const BFloat16* const values = parts.values + (step * parts.value_tiles + tile) * 512;
    tiles.template Load<4>(parts.weights + step * kTileInner, parts.score_stride * 2);
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
  }
  float* const to = parts.context + tile * 16;
  const std::int64_t row_bytes = parts.context_stride * 4;
  tiles.template Store<0>(to, row_bytes);
  if constexpr (kCount > 1) tiles.template Store<1>(to + 16, row_bytes);
  if constexpr (kCount > 2) tiles.template Store<2>(to + 32, row_bytes);
  if constexpr (kCount > 3) tiles.template Store<3>(to + 48, row_bytes);
}

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
  for (std::int64_t first = 0; first < a.queries; first += kQueries) {
    const std::int64_t rows = a.queries - first < kQueries ? a.queries - first : kQueries;
    Score(parts, QueriesAt(a, parts, first, rows), tiles);
    float factors[kQueries];
    for (std::int64_t r = 0; r < rows; ++r) factors[r] = Softmax(a, parts, r, scale);
    std::int64_t tile = 0;
    for (; tile + 4 <= parts.value_tiles; tile += 4) Context<4>(parts, tile, tiles);
    if (parts.value_tiles - tile == 3) Context<3>(parts, tile, tiles);
    if (parts.value_tiles - tile == 2) Context<2>(parts, tile, tiles);
    if (parts.value_tiles - tile == 1) Context<1>(parts, tile, tiles);
    for (std::int64_t r = 0; r < rows; ++r) StoreContext(a, parts, r, first + r, factors[r]);
  }
}
