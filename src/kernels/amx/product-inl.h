// The product on tiles. The steps that finish a block of sums (bias, activation, rounding, the order of the next
// operand) run between the tile instructions of the block behind it, while the vector units would be idle. Included as
// vector_*-inl.h are.

// x Phi(x), Phi the normal distribution function: 1/2 and an odd polynomial of nine terms within +-4.1, where it
// reaches 0 and 1. Within 1.1e-4 of it (tests/kernels), a twentieth of bf16's rounding at 1. NaN stays NaN.
inline Floats Gelu(Floats x) {
  constexpr float kLimit = 4.1f;
  constexpr float kTerms[] = {0.39941674f,
                              -0.06732228398323059f,
                              0.010455917567014694f,
                              -0.0013120846124365926f,
                              0.00012933388643432409f,
                              -9.326493454864249e-06f,
                              4.469052612421365e-07f,
                              -1.2452440856236535e-08f,
                              1.5103129857862996e-10f};
  const Floats u = Min(Set(kLimit), Max(Set(-kLimit), x));
  const Floats square = Mul(u, u);
  Floats sum = Set(kTerms[8]);
  for (int i = 7; i >= 0; --i) sum = MulAdd(sum, square, Set(kTerms[i]));
  return Mul(x, MulAdd(u, sum, Set(0.5f)));
}

template <PostOp kPostOp>
inline Floats Apply(Floats x) {
  if constexpr (kPostOp == PostOp::kGelu) return Gelu(x);
  if constexpr (kPostOp == PostOp::kRelu) return Max(ZeroFloats(), x);  // NaN stays NaN
  return x;
}

enum class Finish { kBf16, kF32, kAdd };

// One row of a block, its sums: [kBlock].
template <Finish kFinish, PostOp kPostOp>
inline void FinishRow(const Product& p, const float* sums, std::int64_t row, std::int64_t column) {
  const float* const bias = p.bias + column;
  const Floats low = Apply<kPostOp>(Add(LoadFloats(sums), LoadFloats(bias)));
  const Floats high = Apply<kPostOp>(Add(LoadFloats(sums + 16), LoadFloats(bias + 16)));
  const std::int64_t left = p.columns - column;
  if constexpr (kFinish == Finish::kBf16) {
    BFloat16* const to = p.bf16.At(row, column);
    if (left >= kBlock) return StoreBf16(to, low, high);
    alignas(64) BFloat16 whole[kBlock];
    StoreBf16(whole, low, high);
    __builtin_memcpy(to, whole, static_cast<std::size_t>(left) * sizeof(BFloat16));
  } else {
    float* const to = p.f32 + row * p.f32_stride + column;
    constexpr bool kAdds = kFinish == Finish::kAdd;
    if (left >= kBlock) {
      StoreFloats(to, kAdds ? Add(LoadFloats(to), low) : low);
      StoreFloats(to + 16, kAdds ? Add(LoadFloats(to + 16), high) : high);
      return;
    }
    const std::int64_t first = left < 16 ? left : 16, second = left - first;
    StoreFirst(to, kAdds ? Add(LoadFirst(to, first), low) : low, first);
    if (second > 0) StoreFirst(to + 16, kAdds ? Add(LoadFirst(to + 16, second), high) : high, second);
  }
}

// A block whose sums wait to be finished.
struct Waiting {
  const float* sums = nullptr;  // [kBlock, kBlock]
  std::int64_t row = 0, column = 0, done = 0, rows = 0;

  template <Finish kFinish, PostOp kPostOp>
  void FinishSome(const Product& p, std::int64_t count) {
    const std::int64_t until = done + count < rows ? done + count : rows;
    for (; done < until; ++done) FinishRow<kFinish, kPostOp>(p, sums + done * kBlock, row + done, column);
  }
};

// The sums of one block of 32 or, with kHalf, 16 rows to `sums`, finishing the block before meanwhile.
template <bool kHalf, Finish kFinish, PostOp kPostOp, class Tiles>
inline void SumBlock(const Product& p, const std::byte* a, const std::byte* b, Waiting& before,
                     WeightPrefetch& prefetch, std::int64_t lines_a_step, Tiles& tiles, float* sums) {
  const std::int64_t next = p.inner_tiles * kTileBytes;  // from a tile to the one of the next rows or columns
  const std::int64_t rows_a_step = (before.rows + p.inner_tiles - 1) / p.inner_tiles;
  tiles.template Zero<0>();
  tiles.template Zero<1>();
  if constexpr (!kHalf) {
    tiles.template Zero<2>();
    tiles.template Zero<3>();
  }
  for (std::int64_t k = 0; k < p.inner_tiles; ++k, a += kTileBytes, b += kTileBytes) {
    tiles.template Load<4>(a, 64);
    tiles.template Load<6>(b, 64);
    tiles.template DotBf16<0, 4, 6>();
    tiles.template Load<7>(b + next, 64);
    tiles.template DotBf16<1, 4, 7>();
    if constexpr (!kHalf) {
      tiles.template Load<5>(a + next, 64);
      tiles.template DotBf16<2, 5, 6>();
      tiles.template DotBf16<3, 5, 7>();
    }
    prefetch.Run(lines_a_step);
    before.FinishSome<kFinish, kPostOp>(p, rows_a_step);
  }
  constexpr std::int64_t kRowBytes = kBlock * sizeof(float);
  tiles.template Store<0>(sums, kRowBytes);
  tiles.template Store<1>(sums + 16, kRowBytes);
  if constexpr (!kHalf) {
    tiles.template Store<2>(sums + 16 * kBlock, kRowBytes);
    tiles.template Store<3>(sums + 16 * kBlock + 16, kRowBytes);
  }
}

template <class Tiles, Finish kFinish, PostOp kPostOp>
void Multiply(const Product& p) {
  Tiles tiles;
  alignas(64) float sums[2][kBlock * kBlock];
  int current = 0;
  Waiting before;

  const std::int64_t tile_row = p.inner_tiles * kTileBytes;
  const auto* const src = reinterpret_cast<const std::byte*>(p.src);
  const auto* const weights = reinterpret_cast<const std::byte*>(p.weights);
  const std::byte* const share = weights + p.begin / kTileColumns * tile_row;
  const std::byte* const share_end = weights + p.end / kTileColumns * tile_row;
  auto prefetch = WeightPrefetch::Of(share, share_end, p.next);
  const std::int64_t blocks = (p.rows + kBlock - 1) / kBlock, lines_of_two_tiles = 2 * kTileBytes / 64;
  const std::int64_t lines_a_step = (lines_of_two_tiles + blocks - 1) / blocks;

  for (std::int64_t column = p.begin; column < p.end; column += kBlock) {
    const std::byte* const b = weights + column / kTileColumns * tile_row;
    for (std::int64_t row = 0; row < p.rows; row += kBlock) {
      const std::byte* const a = src + row / kTileRows * tile_row;
      const std::int64_t rows = p.rows - row < kBlock ? p.rows - row : kBlock;
      if (rows > kTileRows) {
        SumBlock<false, kFinish, kPostOp>(p, a, b, before, prefetch, lines_a_step, tiles, sums[current]);
      } else {
        SumBlock<true, kFinish, kPostOp>(p, a, b, before, prefetch, lines_a_step, tiles, sums[current]);
      }
      before = {sums[current], row, column, 0, rows};
      current = 1 - current;
    }
  }
  before.FinishSome<kFinish, kPostOp>(p, kBlock);
}

template <class Tiles, Finish kFinish>
void MultiplyWith(const Product& p) {
  switch (p.post_op) {
    case PostOp::kNone:
      return Multiply<Tiles, kFinish, PostOp::kNone>(p);
    case PostOp::kGelu:
      return Multiply<Tiles, kFinish, PostOp::kGelu>(p);
    case PostOp::kRelu:
      return Multiply<Tiles, kFinish, PostOp::kRelu>(p);
  }
}

template <class Tiles>
void MultiplyAny(const Product& p) {
  if (p.f32 == nullptr) return MultiplyWith<Tiles, Finish::kBf16>(p);
  if (p.add) return Multiply<Tiles, Finish::kAdd, PostOp::kNone>(p);
  MultiplyWith<Tiles, Finish::kF32>(p);
}
