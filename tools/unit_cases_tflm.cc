// Prints what a test of TFLM's kernels (tensorflow/lite/micro/kernels/*_test.cc) gives a kernel and what it gets.
//
// Compiled with TFLM's headers and -fno-access-control, and linked with a test and
//   -Wl,--wrap=_ZN6tflite5micro12KernelRunner6InvokeEv,--wrap=_ZN6tflite5micro12KernelRunner14InitAndPrepareEPKcm
// it adds lines of JSON to the log of the test, on stderr, which unit_cases.py reads.

#include <cstdio>

#include "tensorflow/lite/kernels/kernel_util.h"
#include "tensorflow/lite/micro/kernels/conv.h"
#include "tensorflow/lite/micro/kernels/fully_connected.h"
#include "tensorflow/lite/micro/kernels/kernel_runner.h"
#include "tensorflow/lite/micro/kernels/micro_ops.h"
#include "tensorflow/lite/micro/memory_helpers.h"

using tflite::micro::KernelRunner;

extern "C" {
TfLiteStatus __real__ZN6tflite5micro12KernelRunner6InvokeEv(KernelRunner* runner);
TfLiteStatus __real__ZN6tflite5micro12KernelRunner14InitAndPrepareEPKcm(KernelRunner* runner, const char* data,
                                                                       size_t size);
}

namespace {

template <typename T>
void PrintArray(const char* name, const T* array) {
  fprintf(stderr, ", \"%s\": [", name);
  for (int i = 0; array != nullptr && i < array->size; i++) {
    fprintf(stderr, "%s%.9g", i ? ", " : "", static_cast<double>(array->data[i]));
  }
  fprintf(stderr, "]");
}

void PrintBytes(const char* name, const void* data, size_t size) {
  fprintf(stderr, ", \"%s\": \"", name);
  for (size_t i = 0; data != nullptr && i < size; i++) {
    fprintf(stderr, "%02x", static_cast<const unsigned char*>(data)[i]);
  }
  fprintf(stderr, "\"");
}

void PrintTensors(const char* name, const TfLiteIntArray* indices, TfLiteTensor* tensors) {
  fprintf(stderr, ", \"%s\": [", name);
  for (int i = 0; indices != nullptr && i < indices->size; i++) {
    if (indices->data[i] < 0) {
      fprintf(stderr, "%snull", i ? ", " : "");
      continue;
    }
    const TfLiteTensor& tensor = tensors[indices->data[i]];
    fprintf(stderr, "%s{\"type\": %d, \"variable\": %d, \"scale\": %.9g, \"zero_point\": %d", i ? ", " : "",
            tensor.type, tensor.is_variable, static_cast<double>(tensor.params.scale),
            static_cast<int>(tensor.params.zero_point));
    if (tensor.quantization.type == kTfLiteAffineQuantization && tensor.quantization.params != nullptr) {
      const auto* affine = static_cast<TfLiteAffineQuantization*>(tensor.quantization.params);
      PrintArray("scales", affine->scale);
      PrintArray("zero_points", affine->zero_point);
      fprintf(stderr, ", \"axis\": %d", static_cast<int>(affine->quantized_dimension));
    }
    PrintArray("shape", tensor.dims);
    // Some tests give a wrong number of bytes.
    size_t size = 0;
    tflite::TfLiteTypeSizeOf(tensor.type, &size);
    const int64_t count = tensor.dims == nullptr ? 0 : tflite::NumElements(tensor.dims);
    PrintBytes("data", tensor.data.raw, tensor.type == kTfLiteInt4 ? tensor.bytes : count > 0 ? size * count : 0);
    fprintf(stderr, "}");
  }
  fprintf(stderr, "]");
}

}  // namespace

extern "C" TfLiteStatus __wrap__ZN6tflite5micro12KernelRunner14InitAndPrepareEPKcm(KernelRunner* runner,
                                                                                const char* data, size_t size) {
  fprintf(stderr, "@{\"new\": true}\n");
  return __real__ZN6tflite5micro12KernelRunner14InitAndPrepareEPKcm(runner, data, size);
}

extern "C" TfLiteStatus __wrap__ZN6tflite5micro12KernelRunner6InvokeEv(KernelRunner* runner) {
  TfLiteTensor* tensors = runner->fake_micro_context_.tensors_;
  const TfLiteNode& node = runner->node_;
  fprintf(stderr, "@{\"new\": false");
  // 48 bytes hold every struct of parameters that unit_cases_tflm_kernels.py reads.
  PrintBytes("parameters", node.builtin_data, 48);
  PrintTensors("inputs", node.inputs, tensors);
  PrintTensors("intermediates", node.intermediates, tensors);
  const TfLiteStatus status = __real__ZN6tflite5micro12KernelRunner6InvokeEv(runner);
  PrintTensors("outputs", node.outputs, tensors);
  fprintf(stderr, ", \"status\": %d", status);
  fprintf(stderr, ", \"operator\": \"");
#define IF(name) \
  if (runner->registration_.invoke == tflite::Register_##name().invoke) fprintf(stderr, #name " ");
  IF(ABS) IF(ADD) IF(ARG_MAX) IF(ARG_MIN) IF(AVERAGE_POOL_2D) IF(BATCH_MATMUL) IF(BATCH_TO_SPACE_ND) IF(BROADCAST_TO)
  IF(CONCATENATION) IF(CONV_2D) IF(DEPTHWISE_CONV_2D) IF(DEPTH_TO_SPACE) IF(DEQUANTIZE) IF(ELU) IF(EXPAND_DIMS)
  IF(FULLY_CONNECTED) IF(GATHER) IF(HARD_SWISH) IF(L2_NORMALIZATION) IF(LEAKY_RELU) IF(LOGISTIC) IF(LOG_SOFTMAX)
  IF(MAXIMUM) IF(MAX_POOL_2D) IF(MEAN) IF(MINIMUM) IF(MIRROR_PAD) IF(MUL) IF(PACK) IF(PAD) IF(PADV2) IF(PRELU)
  IF(QUANTIZE) IF(REDUCE_MAX) IF(RELU) IF(RELU6) IF(RESHAPE) IF(RESIZE_BILINEAR) IF(RESIZE_NEAREST_NEIGHBOR)
  IF(REVERSE_V2) IF(RSQRT) IF(SLICE) IF(SOFTMAX) IF(SPACE_TO_BATCH_ND) IF(SPACE_TO_DEPTH) IF(SPLIT) IF(SPLIT_V)
  IF(SQUARED_DIFFERENCE) IF(SQUEEZE) IF(STRIDED_SLICE) IF(SUB) IF(SUM) IF(SVDF) IF(TANH) IF(TRANSPOSE)
  IF(TRANSPOSE_CONV) IF(UNIDIRECTIONAL_SEQUENCE_LSTM) IF(UNPACK)
  fprintf(stderr, "\"}\n");
  return status;
}
