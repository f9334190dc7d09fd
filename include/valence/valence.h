// valence: tells whether a text is positive or negative. The one header a user includes.
#pragma once

#include "valence/classifier.h"
#include "valence/cpu_info.h"
#include "valence/error.h"
#include "valence/long_text.h"
#include "valence/problem_type.h"
#include "valence/quantize.h"
#include "valence/text_preparation.h"
#include "valence/threads.h"
#include "valence/tokenizer.h"
#include "valence/version.h"
