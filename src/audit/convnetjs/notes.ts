/** Why a layer of convnetjs 0.3.0 that is called wrong is wrong, derived from its definition and without the harness. By layer. */
export const NOTES: Readonly<Record<string, string>> = {
  RegressionLayer:
    'The loss that backward returns is the sum of 2 (x - y)^2, whose slope is 4 (x - y); the gradient is x - y, that of 1/2 (x - y)^2.',
  DropoutLayer:
    'In prediction the forward multiplies by drop_prob, so that the slope is drop_prob; the backward hands the upstream through. (To keep the mean of training it would have to multiply by 1 - drop_prob, moreover.)',
  LocalResponseNormalizationLayer:
    'y[i] = x[i] / S[i]^b with S[i] = k + a/n sum of x[j]^2 over the window of i, so that dy[i]/dx[j] = [i = j] / S[i]^b - 2 a b / n x[i] x[j] / S[i]^(b + 1); the library has x[j]^2 in place of x[i] x[j], which is the same only for i = j.',
};
