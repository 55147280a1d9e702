// A layer in C++, without any library: y[n, o] = sum over i of w[o, i] x[n, i].
//
//     g++ -O2 -o dense examples/cpp/dense.cpp && npx gradcheck check --process ./dense
//
// Requests are one JSON object a line. This reads as much JSON as they have, and no more.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

struct Tensor {
  std::vector<int> shape;
  std::vector<double> data;
};

static std::vector<double> numbersAfter(const std::string& text, size_t at, const std::string& key) {
  std::vector<double> numbers;
  at = text.find('[', text.find("\"" + key + "\":", at)) + 1;
  while (text[at] != ']') {
    size_t used = 0;
    // stod reads "NaN" and "Infinity" as well, which stand in quotes.
    if (text[at] == '"' || text[at] == ',') { at++; continue; }
    numbers.push_back(std::stod(text.substr(at, 32), &used));
    at += used;
  }
  return numbers;
}

static Tensor tensorOf(const std::string& request, const std::string& in, const std::string& name) {
  const size_t at = request.find("\"" + name + "\":", request.find("\"" + in + "\":"));
  Tensor tensor;
  for (double extent : numbersAfter(request, at, "shape")) tensor.shape.push_back(static_cast<int>(extent));
  tensor.data = numbersAfter(request, at, "data");
  return tensor;
}

static std::string json(const Tensor& tensor) {
  std::string text = "{\"shape\":[";
  for (size_t i = 0; i < tensor.shape.size(); i++) text += (i ? "," : "") + std::to_string(tensor.shape[i]);
  text += "],\"data\":[";
  char number[32];
  for (size_t i = 0; i < tensor.data.size(); i++) {
    std::snprintf(number, sizeof number, "%.17g", tensor.data[i]);
    text += (i ? "," : "") + std::string(number);
  }
  return text + "]}";
}

static Tensor forward(const Tensor& x, const Tensor& w) {
  const int batch = x.shape[0], ins = x.shape[1], outs = w.shape[0];
  Tensor y{{batch, outs}, std::vector<double>(batch * outs)};
  for (int n = 0; n < batch; n++)
    for (int o = 0; o < outs; o++)
      for (int i = 0; i < ins; i++) y.data[n * outs + o] += w.data[o * ins + i] * x.data[n * ins + i];
  return y;
}

static void backward(const Tensor& x, const Tensor& w, const Tensor& dy, Tensor& dx, Tensor& dw) {
  const int batch = x.shape[0], ins = x.shape[1], outs = w.shape[0];
  dx = {x.shape, std::vector<double>(x.data.size())};
  dw = {w.shape, std::vector<double>(w.data.size())};
  for (int n = 0; n < batch; n++)
    for (int o = 0; o < outs; o++)
      for (int i = 0; i < ins; i++) {
        dx.data[n * ins + i] += dy.data[n * outs + o] * w.data[o * ins + i];
        dw.data[o * ins + i] += dy.data[n * outs + o] * x.data[n * ins + i];
      }
}

int main() {
  std::string request;
  while (std::getline(std::cin, request)) {
    const std::string id = std::to_string(static_cast<int>(std::stod(request.substr(request.find("\"id\":") + 5, 16))));
    std::string result;
    if (request.find("\"method\":\"describe\"") != std::string::npos) {
      result = R"({"protocol":1,"name":"dense in C++","outputs":["y"],"arguments":{"x":{"shape":[3,4]},"w":{"shape":[2,4],"role":"parameter"}}})";
    } else {
      const Tensor x = tensorOf(request, "arguments", "x"), w = tensorOf(request, "arguments", "w");
      if (request.find("\"method\":\"forward\"") != std::string::npos) {
        result = "{\"outputs\":{\"y\":" + json(forward(x, w)) + "}}";
      } else {
        Tensor dx, dw;
        backward(x, w, tensorOf(request, "cotangents", "y"), dx, dw);
        result = "{\"gradients\":{\"x\":" + json(dx) + ",\"w\":" + json(dw) + "}}";
      }
    }
    std::cout << "{\"id\":" << id << ",\"result\":" << result << "}" << std::endl;
  }
}
