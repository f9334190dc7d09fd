// The s8 product on tiles: 64 columns of up to 32 rows. Between the tile instructions runs what the vector units have
// to do with the sums of the product before. Included as vector_*-inl.h are.

// One step of 64 values along the rows for 32 rows and 32 columns, whose sums stay in the tiles 0 to 3.
template <class Tiles>
inline void StepOfTwoByTwo(Tiles& tiles, const std::uint8_t* a, std::int64_t stride, const std::byte* b) {
  constexpr std::int64_t kPanelRow = 4 * kInt8Panel;  // bytes of a panel for four values of a row
  tiles.template Load<4>(a, stride);
  tiles.template Load<6>(b, kPanelRow);
  tiles.template DotInt8<0, 4, 6>();
  tiles.template Load<7>(b + 64, kPanelRow);
  tiles.template DotInt8<1, 4, 7>();
  tiles.template Load<5>(a + kTileRows * stride, stride);
  tiles.template DotInt8<2, 5, 6>();
  tiles.template DotInt8<3, 5, 7>();
}

// The same for 16 rows and 64 columns: one tile of rows times four of columns.
template <class Tiles>
inline void StepOfOneByFour(Tiles& tiles, const std::uint8_t* a, std::int64_t stride, const std::byte* b) {
  constexpr std::int64_t kPanelRow = 4 * kInt8Panel;
  tiles.template Load<4>(a, stride);
  tiles.template Load<5>(b, kPanelRow);
  tiles.template DotInt8<0, 4, 5>();
  tiles.template Load<6>(b + 64, kPanelRow);
  tiles.template DotInt8<1, 4, 6>();
  tiles.template Load<7>(b + 128, kPanelRow);
  tiles.template DotInt8<2, 4, 7>();
  tiles.template Load<5>(b + 192, kPanelRow);
  tiles.template DotInt8<3, 4, 5>();
}

template <class Tiles>
inline void ZeroSums(Tiles& tiles) {
  tiles.template Zero<0>();
  tiles.template Zero<1>();
  tiles.template Zero<2>();
  tiles.template Zero<3>();
}

// As Int8Product::multiply.
template <class Tiles>
void MultiplyInt8(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                  const std::byte* panel, std::int32_t* sums, Int8Background& background) {
  Tiles tiles;
  constexpr std::int64_t kPanelStep = 64 * kInt8Panel, kSumRow = kInt8Panel * sizeof(std::int32_t);
  const std::int64_t steps = TilesOf(depth, 64);
  const std::byte* const weights = panel + kSumRow;  // behind the columns' sums, which products on tiles do not need
  if (rows <= kTileRows) {
    background.Begin(steps);
    ZeroSums(tiles);
    for (std::int64_t k = 0; k < steps; ++k) {
      StepOfOneByFour(tiles, src + 64 * k, stride, weights + k * kPanelStep);
      background.Step();
    }
    tiles.template Store<0>(sums, kSumRow);
    tiles.template Store<1>(sums + 16, kSumRow);
    tiles.template Store<2>(sums + 32, kSumRow);
    tiles.template Store<3>(sums + 48, kSumRow);
    return;
  }
  background.Begin(2 * steps);
  for (std::int64_t column = 0; column < kInt8Panel; column += 32) {
    ZeroSums(tiles);
    for (std::int64_t k = 0; k < steps; ++k) {
      StepOfTwoByTwo(tiles, src + 64 * k, stride, weights + k * kPanelStep + 4 * column);
      background.Step();
    }
    std::int32_t* const to = sums + column;
    tiles.template Store<0>(to, kSumRow);
    tiles.template Store<1>(to + 16, kSumRow);
    tiles.template Store<2>(to + kTileRows * kInt8Panel, kSumRow);
    tiles.template Store<3>(to + kTileRows * kInt8Panel + 16, kSumRow);
  }
}
