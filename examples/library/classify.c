// The label of a text, in C: classify MODEL TEXT
#include <bitcpp/bitcpp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  if (argc != 3) return fprintf(stderr, "usage: classify MODEL TEXT\n"), 2;
  bitcpp_model* model;
  if (bitcpp_open(argv[1], NULL, &model) != BITCPP_OK)
    return fprintf(stderr, "%s\n", bitcpp_last_error()), 2;
  const bitcpp_model_info* info = bitcpp_info(model);
  const bitcpp_text text = {{argv[2], strlen(argv[2])}, {NULL, 0}};
  float* scores = malloc(info->label_count * sizeof *scores);
  if (bitcpp_classify(model, &text, 1, scores, NULL) != BITCPP_OK)
    return fprintf(stderr, "%s\n", bitcpp_last_error()), 2;
  for (size_t i = 0; i < info->label_count; ++i) printf("%s\t%.4f\n", info->labels[i], scores[i]);
  free(scores);
  bitcpp_close(model);
  return 0;
}
