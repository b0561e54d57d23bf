// exp and tanh from + - * / alone, so that every machine gives the same bits.
#pragma once

namespace bitcpp {

/// exp(x), relative error below 1e-14. Infinite above 709, 0 below -708; NaN for NaN.
double exact_exp(double x);

/// tanh(x) computed in double and rounded once; within one unit in the last place of the true
/// value.
float exact_tanh(float x);

}  // namespace bitcpp
