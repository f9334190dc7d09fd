// Executes the instructions of the AMX tile unit on CPUs that have none, so that code written for the unit can be
// tested there as it is: a handler of SIGILL decodes the instruction, does what it does, and returns behind it.
// Linking tile_emulator.cpp into a program installs the handler where VALENCE_TEST_AMX is "emulated".
#pragma once

namespace valence::internal {

// Whether VALENCE_TEST_AMX=emulated asked for the handler. On a CPU with AMX it is never called: then tests of the
// emulator are tests of the CPU.
bool TilesAreEmulated();

}  // namespace valence::internal
