// Intel SDM volume 2: "Intel AMX instruction reference", VEX encoding in chapter 2.3; volume 1, chapter 18 "Programming
// with Intel AMX". What the manual calls #UD ends the process by SIGILL, #GP by SIGSEGV, as Linux does.
#include "emulator/tile_emulator.h"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#if defined(__x86_64__)
#include <immintrin.h>
#include <sys/ucontext.h>
#include <unistd.h>
#endif

namespace valence::internal {

bool TilesAreEmulated() {
  const char* const hook = std::getenv("VALENCE_TEST_AMX");
  return hook != nullptr && std::string_view(hook) == "emulated";
}

#if defined(__x86_64__)
namespace {

constexpr int kTiles = 8, kMostRows = 16, kMostBytes = 64;

// The operand of LDTILECFG and STTILECFG.
struct Configuration {
  std::uint8_t palette, start_row, reserved[14];
  std::uint16_t row_bytes[16];
  std::uint8_t rows[16];
};
static_assert(sizeof(Configuration) == 64);

struct Tile {
  alignas(64) std::uint8_t row[kMostRows][kMostBytes];
};

// What a thread's tile unit holds. A new thread's holds nothing, where Linux lets it inherit the configuration: code
// must not rely on that.
struct TileUnit {
  Configuration configuration;
  Tile tile[kTiles];
};
thread_local TileUnit unit;

// The end of a process that executed what the unit refuses: by the default action of `number`.
[[noreturn]] void Fault(int number, const char* why) {
  for (const char* text : {"tile emulator: ", why, "\n"}) {
    if (write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  raise(number);
  _exit(1);
}
void UndefinedUnless(bool condition, const char* why) {
  if (!condition) Fault(SIGILL, why);
}
void ProtectedUnless(bool condition, const char* why) {
  if (!condition) Fault(SIGSEGV, why);
}

// One instruction, VEX with three bytes of prefix and the opcode map 0F38, which all tile instructions have.
struct Instruction {
  // False if it is another. `code` may end at an unreadable page, so no byte is read before it is known to be there.
  bool Decode(const std::uint8_t* code, const greg_t* registers) {
    if (code[0] != 0xc4 || (code[1] & 0x1f) != 2) return false;
    if (code[3] != 0x49 && code[3] != 0x4b && code[3] != 0x5c && code[3] != 0x5e) return false;
    const bool r = (code[1] & 0x80) == 0, x = (code[1] & 0x40) == 0, b = (code[1] & 0x20) == 0;
    w = (code[2] & 0x80) != 0;
    vvvv = (~code[2] >> 3) & 0xf;
    l = (code[2] & 4) != 0;
    prefix = code[2] & 3;
    opcode = code[3];
    const std::uint8_t modrm = code[4];
    mod = modrm >> 6;
    reg = ((modrm >> 3) & 7) | (r ? 8 : 0);
    rm = (modrm & 7) | (b ? 8 : 0);
    has_sib = mod != 3 && (modrm & 7) == 4;
    const std::uint8_t* at = code + 5;
    if (mod != 3) {
      std::uint64_t base = 0;
      bool displaced = false;
      if (has_sib) {
        const std::uint8_t sib = *at++;
        const int index_number = ((sib >> 3) & 7) | (x ? 8 : 0);
        if (index_number != 4) index = Register(registers, index_number) << (sib >> 6);
        displaced = mod == 0 && (sib & 7) == 5;
        if (!displaced) base = Register(registers, (sib & 7) | (b ? 8 : 0));
      } else if (mod == 0 && (modrm & 7) == 5) {  // relative to the next instruction
        displaced = true;
        base = reinterpret_cast<std::uint64_t>(at + 4);
      } else {
        base = Register(registers, rm);
      }
      std::int32_t displacement = 0;
      if (mod == 1) {
        displacement = static_cast<std::int8_t>(*at++);
      } else if (mod == 2 || displaced) {
        std::memcpy(&displacement, at, 4);
        at += 4;
      }
      address = base + static_cast<std::uint64_t>(std::int64_t{displacement});
    }
    next = at;
    return true;
  }

  static std::uint64_t Register(const greg_t* registers, int number) {
    constexpr int kPlaces[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                 REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    return static_cast<std::uint64_t>(registers[kPlaces[number]]);
  }

  bool w = false, l = false, has_sib = false;
  int vvvv = 0, prefix = 0, opcode = 0, mod = 0, reg = 0, rm = 0;
  std::uint64_t address = 0;  // of a memory operand, without the index
  std::uint64_t index = 0;    // scaled: the stride of a tile's rows
  const std::uint8_t* next = nullptr;
};

constexpr int kNone = 0, k66 = 1, kF3 = 2, kF2 = 3;  // Instruction::prefix

void LoadConfiguration(std::uint64_t address) {
  Configuration c;
  std::memcpy(&c, reinterpret_cast<const void*>(address), sizeof c);
  ProtectedUnless(c.palette <= 1, "ldtilecfg: unknown palette");
  std::memset(&unit, 0, sizeof unit);
  if (c.palette == 0) return;
  for (const std::uint8_t byte : c.reserved) ProtectedUnless(byte == 0, "ldtilecfg: reserved bytes are not zero");
  for (int i = 0; i < 16; ++i) {
    if (i >= kTiles) {
      ProtectedUnless(c.row_bytes[i] == 0 && c.rows[i] == 0, "ldtilecfg: palette 1 has eight tiles");
    }
    ProtectedUnless(c.row_bytes[i] <= kMostBytes && c.rows[i] <= kMostRows, "ldtilecfg: a tile is too large");
    ProtectedUnless((c.row_bytes[i] == 0) == (c.rows[i] == 0), "ldtilecfg: a tile has rows or columns, not both");
  }
  unit.configuration = c;
}

// Whether a tile of that number may be used.
Tile& Usable(int number) {
  UndefinedUnless(unit.configuration.palette != 0, "tiles are used before LDTILECFG or after TILERELEASE");
  UndefinedUnless(number < kTiles && unit.configuration.rows[number] != 0, "a tile is used that is not configured");
  return unit.tile[number];
}

void LoadTile(const Instruction& i) {
  Tile& tile = Usable(i.reg);
  UndefinedUnless(i.has_sib, "tileloadd without an index byte");
  const Configuration& c = unit.configuration;
  for (int r = c.start_row; r < c.rows[i.reg]; ++r) {
    const auto* const from = reinterpret_cast<const void*>(i.address + static_cast<std::uint64_t>(r) * i.index);
    std::memset(tile.row[r], 0, kMostBytes);
    std::memcpy(tile.row[r], from, c.row_bytes[i.reg]);
  }
  for (int r = c.rows[i.reg]; r < kMostRows; ++r) std::memset(tile.row[r], 0, kMostBytes);
  unit.configuration.start_row = 0;
}

void StoreTile(const Instruction& i) {
  const Tile& tile = Usable(i.reg);
  UndefinedUnless(i.has_sib, "tilestored without an index byte");
  const Configuration& c = unit.configuration;
  for (int r = c.start_row; r < c.rows[i.reg]; ++r) {
    std::memcpy(reinterpret_cast<void*>(i.address + static_cast<std::uint64_t>(r) * i.index), tile.row[r],
                c.row_bytes[i.reg]);
  }
  unit.configuration.start_row = 0;
}

struct Sizes {
  int rows, columns, inner;  // inner: groups of four bytes
};

// Checks the operands of a product c += a b.
Sizes CheckProduct(int c, int a, int b) {
  Usable(c), Usable(a), Usable(b);
  UndefinedUnless(c != a && a != b && c != b, "a product's tiles are not three different ones");
  const Configuration& of = unit.configuration;
  for (const int number : {c, a, b}) UndefinedUnless(of.row_bytes[number] % 4 == 0, "a product of incomplete words");
  UndefinedUnless(of.rows[c] == of.rows[a], "a product's rows differ from its result's");
  UndefinedUnless(of.row_bytes[a] / 4 == of.rows[b], "a product's inner dimensions differ");
  UndefinedUnless(of.row_bytes[c] == of.row_bytes[b], "a product's columns differ from its result's");
  return {of.rows[c], of.row_bytes[c] / 4, of.rows[b]};
}

// With the flags for flushing denormal numbers set in MXCSR, which the unit ignores and behaves as if.
__attribute__((target("avx2,fma"), noinline)) void SumBf16(Tile& c, const Tile& a, const Tile& b, const Sizes& size) {
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000u));
  for (int m = 0; m < size.rows; ++m) {
    __m256 sums[2][2] = {};  // of even and odd inner indices, eight columns each
    for (int k = 0; k < size.inner; ++k) {
      std::uint32_t pair;
      std::memcpy(&pair, a.row[m] + 4 * k, 4);
      const __m256i x = _mm256_set1_epi32(static_cast<int>(pair));
      for (int half = 0; half < 2; ++half) {
        const __m256i y = _mm256_load_si256(reinterpret_cast<const __m256i*>(b.row[k]) + half);
        sums[0][half] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_slli_epi32(x, 16)),
                                        _mm256_castsi256_ps(_mm256_slli_epi32(y, 16)), sums[0][half]);
        sums[1][half] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_and_si256(x, upper)),
                                        _mm256_castsi256_ps(_mm256_and_si256(y, upper)), sums[1][half]);
      }
    }
    for (int half = 0; half < 2; ++half) {
      auto* const to = reinterpret_cast<float*>(c.row[m]) + 8 * half;
      _mm256_store_ps(to, _mm256_add_ps(_mm256_load_ps(to), _mm256_add_ps(sums[0][half], sums[1][half])));
    }
  }
}

void DotBf16(int c, int a, int b) {
  const Sizes size = CheckProduct(c, a, b);
  constexpr unsigned kRoundToNearest = 0x1f80, kFlushDenormals = 0x8040;  // exceptions are masked
  const unsigned before = _mm_getcsr();
  _mm_setcsr(kRoundToNearest | kFlushDenormals);
  SumBf16(unit.tile[c], unit.tile[a], unit.tile[b], size);
  _mm_setcsr(before);
}

void DotInt8(int c, int a, int b) {
  const Sizes size = CheckProduct(c, a, b);
  const Tile &x = unit.tile[a], &y = unit.tile[b];
  for (int m = 0; m < size.rows; ++m) {
    std::uint32_t sums[16];
    std::memcpy(sums, unit.tile[c].row[m], sizeof sums);
    for (int k = 0; k < size.inner; ++k) {
      for (int n = 0; n < 16; ++n) {
        for (int j = 0; j < 4; ++j) {
          const int product =
              static_cast<std::int8_t>(x.row[m][4 * k + j]) * static_cast<std::int8_t>(y.row[k][4 * n + j]);
          sums[n] += static_cast<std::uint32_t>(product);
        }
      }
    }
    std::memcpy(unit.tile[c].row[m], sums, sizeof sums);
  }
}

// Behind the columns and rows of a result stand zeros.
void ClearBehind(int number) {
  const Configuration& c = unit.configuration;
  Tile& tile = unit.tile[number];
  for (int r = 0; r < kMostRows; ++r) {
    const int bytes = r < c.rows[number] ? c.row_bytes[number] : 0;
    std::memset(tile.row[r] + bytes, 0, static_cast<std::size_t>(kMostBytes - bytes));
  }
  unit.configuration.start_row = 0;
}

// False if the emulator does not know the instruction.
bool Execute(const Instruction& i) {
  UndefinedUnless(!i.w && !i.l, "VEX.W or VEX.L is set");
  const bool memory = i.mod != 3;
  if (i.opcode == 0x5c || i.opcode == 0x5e) {
    if (memory || i.prefix != (i.opcode == 0x5c ? kF3 : kF2)) return false;
    i.opcode == 0x5c ? DotBf16(i.reg, i.rm, i.vvvv) : DotInt8(i.reg, i.rm, i.vvvv);
    ClearBehind(i.reg);
    return true;
  }
  UndefinedUnless(i.vvvv == 0, "VEX.vvvv is not 1111b");
  if (i.opcode == 0x4b && memory && (i.prefix == kF2 || i.prefix == k66)) {  // TILELOADD, TILELOADDT1
    LoadTile(i);
  } else if (i.opcode == 0x4b && memory && i.prefix == kF3) {
    StoreTile(i);
  } else if (i.opcode == 0x49 && memory && i.reg == 0 && i.prefix == kNone) {
    LoadConfiguration(i.address + i.index);
  } else if (i.opcode == 0x49 && memory && i.reg == 0 && i.prefix == k66) {
    std::memcpy(reinterpret_cast<void*>(i.address + i.index), &unit.configuration, sizeof unit.configuration);
  } else if (i.opcode == 0x49 && !memory && i.prefix == kF2 && i.rm == 0) {
    std::memset(&Usable(i.reg), 0, sizeof(Tile));
    unit.configuration.start_row = 0;
  } else if (i.opcode == 0x49 && !memory && i.prefix == kNone && i.reg == 0 && i.rm == 0) {
    std::memset(&unit, 0, sizeof unit);
  } else {
    return false;
  }
  return true;
}

// Executes all tile instructions that follow each other: a signal takes longer than most of them.
void OnIllegalInstruction(int /*number*/, siginfo_t* /*info*/, void* context) {
  auto* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  bool any = false;
  while (true) {
    Instruction instruction;
    if (!instruction.Decode(reinterpret_cast<const std::uint8_t*>(registers[REG_RIP]), registers) ||
        !Execute(instruction)) {
      break;
    }
    any = true;
    registers[REG_RIP] = reinterpret_cast<greg_t>(instruction.next);
  }
  if (!any) Fault(SIGILL, "an illegal instruction that is none of AMX");
}

const bool installed = [] {
  if (!TilesAreEmulated()) return false;
  struct sigaction action = {};
  action.sa_sigaction = OnIllegalInstruction;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  return sigaction(SIGILL, &action, nullptr) == 0;
}();

}  // namespace
#endif

}  // namespace valence::internal
