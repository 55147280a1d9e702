/** Why a function of jax-js 0.1.25 that is called wrong is wrong, derived from its definition and without the harness. By function. */
export const NOTES: Readonly<Record<string, string>> = {
  'numpy.sinc':
    'sin(pi x) / (pi x) is even and smooth, 1 - (pi x)^2 / 6 + … around 0, so that its slope there is 0; the library divides 0 by 0 on the way back.',
  'numpy.power':
    'x^2 has the slope 2 x, 0 at 0; the library multiplies a slope by the exponent, log x times the power, by 0, which is NaN where x is 0.',
  'numpy.prod':
    'The slope by an element is the product of the others, which are finite; the library divides the product by the element, 0 by 0 where it is 0.',
  'numpy.std':
    'The deviation of two numbers is |a - b| / 2: where they are equal, any slope from -1/2 to 1/2 may be taken, and 0 by symmetry; the library gives infinity times 0, NaN, which training does not recover from.',
  'numpy.linalg.vectorNorm':
    'The slope of |x| is x / |x|, 0 for an element that is 0 where others are not; the library squares by a power, whose slope at 0 it gives as NaN.',
  'numpy.polyval':
    'A polynomial has a finite slope at 0, its second coefficient from the end; the library takes powers of x, whose slope at 0 it gives as NaN.',
  'numpy.vander':
    'The columns are x^2, x and 1, with slopes 2 x, 1 and 0; the library gives NaN for those of powers where x is 0.',
};
