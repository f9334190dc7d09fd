// Eight tiles of 16 rows of 64 bytes and what the product does with them, computed by the vector instructions to the
// bit as a tile unit does (Intel SDM volume 2, TDPBF16PS and TDPBSSD). Included as vector_*-inl.h are.

class SoftwareTiles {
 public:
  template <int kTile>
  void Zero() {
    __builtin_memset(rows_[kTile], 0, sizeof rows_[kTile]);
  }
  // Rows `stride` bytes apart.
  template <int kTile>
  void Load(const void* from, std::int64_t stride) {
    for (int r = 0; r < 16; ++r) __builtin_memcpy(rows_[kTile][r], static_cast<const char*>(from) + r * stride, 64);
  }
  template <int kTile>
  void Store(void* to, std::int64_t stride) const {
    for (int r = 0; r < 16; ++r) __builtin_memcpy(static_cast<char*>(to) + r * stride, rows_[kTile][r], 64);
  }

  // c: [16, 16] f32 += a: [16, 32] bf16 times b: [16 pairs of rows, 16 columns] bf16. The products of even and of odd
  // inner indices have a sum each; denormal numbers are zeros on the way in and out.
  template <int kC, int kA, int kB>
  void DotBf16() {
    for (int r = 0; r < 16; ++r) {
      Floats even = ZeroFloats(), odd = ZeroFloats();
      for (int k = 0; k < 16; ++k) {
        const Words b = LoadWords(rows_[kB][k]);
        const Floats a_even = Flush(Set(std::bit_cast<float>(rows_[kA][r][k] << 16)));
        const Floats a_odd = Flush(Set(std::bit_cast<float>(rows_[kA][r][k] & 0xffff0000u)));
        even = Flush(MulAdd(a_even, Flush(LowerHalves(b)), even));
        odd = Flush(MulAdd(a_odd, Flush(UpperHalves(b)), odd));
      }
      auto* const c = reinterpret_cast<float*>(rows_[kC][r]);
      StoreFloats(c, Flush(Add(Flush(LoadFloats(c)), Flush(Add(even, odd)))));
    }
  }

  // c: [16, 16] s32 += a: [16, 64] s8 times b: [16 groups of four rows, 16 columns] s8. Exact, modulo 2^32.
  template <int kC, int kA, int kB>
  void DotInt8() {
    Words even[16], odd[16];  // of the bytes of each word
    for (int k = 0; k < 16; ++k) {
      const Words b = LoadWords(rows_[kB][k]);
      even[k] = EvenBytes(b);
      odd[k] = OddBytes(b);
    }
    for (int r = 0; r < 16; ++r) {
      Words sum = LoadWords(rows_[kC][r]);
      for (int k = 0; k < 16; ++k) {
        const Words a = SetWords(rows_[kA][r][k]);
        sum = AddPairs(AddPairs(sum, EvenBytes(a), even[k]), OddBytes(a), odd[k]);
      }
      StoreWords(rows_[kC][r], sum);
    }
  }

 private:
  alignas(64) std::uint32_t rows_[8][16][16];
};
