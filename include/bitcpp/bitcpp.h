/**
 * @file bitcpp.h
 * The C interface of bit.cpp: packed 1-bit transformers, from texts to answers.
 *
 * @code{.c}
 * bitcpp_model* model = NULL;
 * if (bitcpp_open("model.safetensors", NULL, &model) != BITCPP_OK) puts(bitcpp_last_error());
 * @endcode
 *
 * - Every function that can fail returns a ::bitcpp_status and leaves one line for
 *   bitcpp_last_error(). No exception leaves the library, and it never ends the process.
 * - A model is immutable: any number of threads may use one at the same time. They share its
 *   mapping of the file; each call has scratch memory of its own, which the next call uses again.
 * - The same text gives the same numbers on every CPU, with every number of threads, alone or among
 * others.
 * - Texts are UTF-8; bytes that are none are read as U+FFFD. Places in a text are bytes.
 * - Arrays that a function fills are the caller's. A function that fails may have filled a part.
 *
 * Stability: within one #BITCPP_API_VERSION nothing is removed or changes its meaning. Structures
 * that the library gives out may grow at their end; those that it takes begin with their size.
 */
#ifndef BITCPP_BITCPP_H
#define BITCPP_BITCPP_H

#include <stddef.h>
#include <stdint.h>

/** Version of the package, as in bitcpp_version(). */
#define BITCPP_VERSION "0.1.0"
/** Version of this interface and of the shared library's name; see bitcpp_api_version(). */
#define BITCPP_API_VERSION 1

/** What the library gives out. */
#if defined(__GNUC__)
#define BITCPP_API __attribute__((visibility("default")))
#else
#define BITCPP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** @name Errors
 * @{ */

/** What became of a call. */
typedef enum bitcpp_status {
  BITCPP_OK = 0,         /**< done */
  BITCPP_BAD_INPUT = 1,  /**< a file, text or argument that cannot be used */
  BITCPP_WRONG_TASK = 2, /**< the model does something else; see bitcpp_model_info::task */
  BITCPP_NO_MEMORY = 3,  /**< there was not enough */
  BITCPP_INTERNAL = 4    /**< a mistake of the library */
} bitcpp_status;

/**
 * One line on what was wrong with this thread's last call that failed: the file, the place, what
 * was expected. Valid until this thread's next call that fails; "" when none did.
 */
BITCPP_API const char* bitcpp_last_error(void);

/** The package's version, "MAJOR.MINOR.PATCH", of the library that runs. */
BITCPP_API const char* bitcpp_version(void);

/** #BITCPP_API_VERSION of the library that runs. */
BITCPP_API int bitcpp_api_version(void);

/** @}
 * @name Models
 * @{ */

/** An open model. */
typedef struct bitcpp_model bitcpp_model;

/** What a model was trained to do. */
typedef enum bitcpp_task {
  BITCPP_CLASSIFICATION = 0,    /**< a label a text */
  BITCPP_REGRESSION = 1,        /**< a number a text */
  BITCPP_TAGGING = 2,           /**< a label a word */
  BITCPP_QUESTION_ANSWERING = 3 /**< pieces of a context */
} bitcpp_task;

/** How a model is to be run. Initialise with bitcpp_options_init(), then change what you like. */
typedef struct bitcpp_options {
  size_t struct_size;  /**< sizeof(bitcpp_options) */
  int32_t threads;     /**< threads that share the work of one call; 1 */
  int32_t refuse_long; /**< not 0: texts of too many tokens are bad input instead of being cut; 0 */
  size_t max_length;   /**< tokens of a text, [CLS] and [SEP] included; 0: the model's own */
} bitcpp_options;

/** Sets the defaults. */
BITCPP_API void bitcpp_options_init(bitcpp_options* options);

/**
 * Opens a packed model, which stays mapped until bitcpp_close().
 *
 * @param path the file
 * @param options NULL for the defaults
 * @param[out] model the open model, NULL on error
 */
BITCPP_API bitcpp_status bitcpp_open(const char* path, const bitcpp_options* options,
                                     bitcpp_model** model);

/**
 * The same for a packed model in memory, which has to stay as it is until `release` is called.
 *
 * @param bytes,size the file's content, aligned to 8 bytes
 * @param release called once with `context`, when nothing points into `bytes` any more, also when
 * opening fails; may be NULL
 * @param context handed to `release`
 * @param options NULL for the defaults
 * @param[out] model the open model, NULL on error
 */
BITCPP_API bitcpp_status bitcpp_open_memory(const void* bytes, size_t size,
                                            void (*release)(void* context), void* context,
                                            const bitcpp_options* options, bitcpp_model** model);

/** Ends a model. No call may be using it. NULL is fine. */
BITCPP_API void bitcpp_close(bitcpp_model* model);

/** What a model is. Valid as long as the model; later versions may add members at the end. */
typedef struct bitcpp_model_info {
  bitcpp_task task;          /**< what it was trained to do */
  const char* task_name;     /**< "classification", "regression", "tagging", "question-answering" */
  size_t label_count;        /**< classification, tagging; else 0 */
  const char* const* labels; /**< (label_count) names */
  int32_t pair;              /**< not 0: it was trained on pairs of texts */
  int32_t marks_entities;    /**< not 0: the labels mark entities (B-PER, ...) */
  size_t max_length;         /**< tokens a text may have before it is cut */
  size_t hidden_size;        /**< numbers of an embedding */
  size_t layers;             /**< transformer layers */
  size_t vocabulary_size;    /**< tokens there are */
  const char* isa; /**< instruction set that computes: "amx", "avx512", "avx2", "neon", ... */
} bitcpp_model_info;

/** What `model` is. Never NULL. */
BITCPP_API const bitcpp_model_info* bitcpp_info(const bitcpp_model* model);

/** @}
 * @name Texts in, numbers out
 * @{ */

/** A piece of text; it need not end with a 0. */
typedef struct bitcpp_string {
  const char* data; /**< UTF-8 */
  size_t size;      /**< bytes */
} bitcpp_string;

/** A text, or a pair of texts where `pair.data` is not NULL. */
typedef struct bitcpp_text {
  bitcpp_string text; /**< the text, or the first of a pair */
  bitcpp_string pair; /**< the second; no data: none */
} bitcpp_text;

/**
 * The probability of every label, for a model of classification.
 *
 * @param model an open model
 * @param texts,count the texts
 * @param[out] scores (count, label_count); a text's label is that of its greatest score
 * @param[out] truncated (count): 1 for a text that was cut, else 0; may be NULL
 */
BITCPP_API bitcpp_status bitcpp_classify(const bitcpp_model* model, const bitcpp_text* texts,
                                         size_t count, float* scores, uint8_t* truncated);

/**
 * The value of every text, for a model of regression.
 *
 * @param model an open model
 * @param texts,count the texts
 * @param[out] values (count)
 * @param[out] truncated as in bitcpp_classify()
 */
BITCPP_API bitcpp_status bitcpp_regress(const bitcpp_model* model, const bitcpp_text* texts,
                                        size_t count, float* values, uint8_t* truncated);

/** How the hidden states of a text's tokens become one vector: a number, as one that is neither of
 * these is answered with #BITCPP_BAD_INPUT. */
typedef int32_t bitcpp_pooling;
enum {
  BITCPP_POOL_MEAN = 0, /**< mean of all tokens, [CLS] and [SEP] included */
  BITCPP_POOL_FIRST = 1 /**< the first token's, [CLS] */
};

/**
 * A vector for every text: the pooled hidden states of the last layer. For a model of any task.
 *
 * @param model an open model
 * @param texts,count the texts
 * @param pooling how tokens become one vector
 * @param normalize not 0: to a length of 1
 * @param[out] values (count, hidden_size)
 * @param[out] truncated as in bitcpp_classify()
 */
BITCPP_API bitcpp_status bitcpp_embed(const bitcpp_model* model, const bitcpp_text* texts,
                                      size_t count, bitcpp_pooling pooling, int32_t normalize,
                                      float* values, uint8_t* truncated);

/** @}
 * @name Texts in, lists out
 * @{ */

/** Bytes [begin, end) of a text. */
typedef struct bitcpp_range {
  uint32_t begin; /**< first byte */
  uint32_t end;   /**< the byte behind the last */
} bitcpp_range;

/** What bitcpp_tag(), bitcpp_answer() or bitcpp_tokenize() found, a list for every text. */
typedef struct bitcpp_result bitcpp_result;

/** Frees a result and all that it gave out. NULL is fine. */
BITCPP_API void bitcpp_result_free(bitcpp_result* result);

/** A word and its tag. */
typedef struct bitcpp_word {
  bitcpp_range range; /**< where it stands */
  int32_t label;      /**< index into bitcpp_model_info::labels */
  float score;        /**< its probability; 0 for a word that was cut off */
} bitcpp_word;

/** Words that belong together. */
typedef struct bitcpp_entity {
  bitcpp_range range; /**< from its first word to its last */
  const char* label;  /**< the tags' part behind the first "-", such as PER */
  float score;        /**< mean of its words' scores */
} bitcpp_entity;

/** A tagged text. Valid as long as its result. */
typedef struct bitcpp_tagged {
  const bitcpp_word* words;      /**< all words, in order */
  size_t word_count;             /**< how many */
  const bitcpp_entity* entities; /**< none where the labels mark none */
  size_t entity_count;           /**< how many */
  int32_t truncated;             /**< not 0: the text was cut */
} bitcpp_tagged;

/**
 * Tags the words of texts, for a model of tagging. Pairs are bad input.
 *
 * @param model an open model
 * @param texts,count the texts
 * @param[out] result for bitcpp_result_tagged(); NULL on error
 */
BITCPP_API bitcpp_status bitcpp_tag(const bitcpp_model* model, const bitcpp_text* texts,
                                    size_t count, bitcpp_result** result);

/** The text at `index` of a result of bitcpp_tag(); NULL beyond the last and for other results. */
BITCPP_API const bitcpp_tagged* bitcpp_result_tagged(const bitcpp_result* result, size_t index);

/** An answer: a piece of the context. */
typedef struct bitcpp_span {
  bitcpp_range range; /**< where it stands in the context */
  float logit;        /**< start logit + end logit */
  double score;       /**< its probability among the 20 best */
} bitcpp_span;

/** The answers to a question, best first; none for an empty context. Valid as long as its result.
 */
typedef struct bitcpp_answers {
  const bitcpp_span* best; /**< the answers */
  size_t count;            /**< how many there are */
  int32_t truncated;       /**< not 0: the question was cut; a long context never is */
} bitcpp_answers;

/**
 * Answers questions with pieces of their contexts, for a model of question answering.
 *
 * @param model an open model
 * @param questions,count each question as `text`, its context as `pair`
 * @param top answers wanted for each, 1 to 20
 * @param[out] result for bitcpp_result_answers(); NULL on error
 */
BITCPP_API bitcpp_status bitcpp_answer(const bitcpp_model* model, const bitcpp_text* questions,
                                       size_t count, size_t top, bitcpp_result** result);

/** The answers at `index` of a result of bitcpp_answer(); NULL beyond the last and for others. */
BITCPP_API const bitcpp_answers* bitcpp_result_answers(const bitcpp_result* result, size_t index);

/** A text as the model reads it. Valid as long as its result. */
typedef struct bitcpp_tokens {
  const int32_t* ids; /**< (count), [CLS] first */
  const bitcpp_range*
      offsets;          /**< (count): where in its text each token was; {0, 0} for special ones */
  const uint8_t* types; /**< (count): 0 for the first text and its [SEP], 1 for the second */
  size_t count;         /**< how many there are */
  int32_t truncated;    /**< not 0: the text was cut */
} bitcpp_tokens;

/**
 * The tokens of texts, cut to the model's length as for the other functions. For a model of any
 * task.
 *
 * @param model an open model
 * @param texts,count the texts
 * @param[out] result for bitcpp_result_tokens(); NULL on error
 */
BITCPP_API bitcpp_status bitcpp_tokenize(const bitcpp_model* model, const bitcpp_text* texts,
                                         size_t count, bitcpp_result** result);

/** The text at `index` of a result of bitcpp_tokenize(); NULL beyond the last and for others. */
BITCPP_API const bitcpp_tokens* bitcpp_result_tokens(const bitcpp_result* result, size_t index);

/** How the vocabulary spells a token; empty for an id that is not there. */
BITCPP_API bitcpp_string bitcpp_token(const bitcpp_model* model, int32_t id);

/** @} */

#ifdef __cplusplus
}
#endif

#endif
