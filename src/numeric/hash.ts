/**
 * The 64-bit FNV-1a hash of a text's UTF-16 units, in 16 hexadecimal digits: it tells texts apart that differ by accident, not
 * on purpose. Source: Fowler, Noll, Vo, https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
 */
export function hash(text: string): string {
  // In four limbs of 16 bits, lowest first; the prime is 2^40 + 0x1b3.
  let [a, b, c, d] = [0x2325, 0x8422, 0x9ce4, 0xcbf2];
  for (let i = 0; i < text.length; i++) {
    a ^= text.charCodeAt(i);
    const [low, second, third, high] = [a * 0x1b3, b * 0x1b3, c * 0x1b3 + a * 0x100, d * 0x1b3 + b * 0x100];
    a = low & 0xffff;
    const carried = second + (low >>> 16);
    b = carried & 0xffff;
    const further = third + (carried >>> 16);
    c = further & 0xffff;
    d = (high + (further >>> 16)) & 0xffff;
  }
  return [d, c, b, a].map(limb => limb.toString(16).padStart(4, '0')).join('');
}
