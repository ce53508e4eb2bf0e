using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using Xunit;

namespace UserNet.Tests.Emulation;

public sealed class PortableMathTests
{
    [Fact]
    public void The_logarithm_and_the_power_are_those_of_the_runtime_to_a_few_last_bits()
    {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            double value = Math.Pow(10, (random.NextDouble() * 600) - 300), near = 1 + ((random.NextDouble() - 0.5) / 1000);
            Check(Math.Log(value), PortableMath.Log(value));
            Check(Math.Log(near), PortableMath.Log(near));
            double power = (random.NextDouble() * 1400) - 700;
            Check(Math.Exp(power), PortableMath.Exp(power));
            double small = (random.NextDouble() - 0.5) / 1000;
            Check(Math.Exp(small), PortableMath.Exp(small));
        }

        Assert.Equal(0, PortableMath.Log(1));
        Assert.Equal(1, PortableMath.Exp(0));
        Assert.Equal(0, PortableMath.Exp(-1000));
        Assert.Equal(double.PositiveInfinity, PortableMath.Exp(1000));

        static void Check(double expected, double actual) =>
            Assert.True(Math.Abs(expected - actual) <= 2e-15 * Math.Abs(expected), $"{actual:R} is not {expected:R}");
    }

    // From tables, 15 digits.
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 0.674489750196082)]
    [InlineData(0.9, 1.28155156554460)]
    [InlineData(0.95, 1.64485362695147)]
    [InlineData(0.975, 1.95996398454005)]
    [InlineData(0.99, 2.32634787404084)]
    [InlineData(0.999, 3.09023230616781)]
    [InlineData(1e-6, -4.75342430882290)]
    [InlineData(1e-9, -5.99780701500768)]
    [InlineData(1e-10, -6.36134090240406)]
    [InlineData(1e-15, -7.94134532617100)]
    public void Quantiles_of_the_normal_distribution_are_those_of_the_tables(double probability, double expected) =>
        Assert.InRange(PortableMath.NormalQuantile(probability), expected - 2e-13, expected + 2e-13);

    // Against the distribution itself, summed up in steps.
    [Fact]
    public void Between_any_two_quantiles_lies_what_should()
    {
        double before = PortableMath.NormalQuantile(0.0005);
        for (int i = 1; i < 999; i++)
        {
            double next = PortableMath.NormalQuantile(0.0005 + (i / 1000.0)), step = (next - before) / 20, sum = 0;
            for (int j = 0; j <= 20; j++)      // Simpson's rule
                sum += Math.Exp(-Math.Pow(before + (j * step), 2) / 2) * (j is 0 or 20 ? 1 : j % 2 == 1 ? 4 : 2);
            Assert.InRange(sum * step / 3 / Math.Sqrt(2 * Math.PI), 0.001 - 1e-9, 0.001 + 1e-9);
            before = next;
        }
    }

    // The bits, not only the value: they are part of what a seed promises.
    [Fact]
    public void The_bits_are_the_same_on_every_machine()
    {
        ulong hash = 0;
        var random = new SeededRandom(5);
        for (int i = 0; i < 10_000; i++)
        {
            double u = FrameChance.Between0And1(random.NextUInt64());
            double[] values = [PortableMath.Log(u), PortableMath.Exp(u * 20), PortableMath.NormalQuantile(u)];
            foreach (double value in values) hash = (hash * 31) + (ulong)BitConverter.DoubleToInt64Bits(value);
        }

        Assert.Equal(1_454_350_559_503_462_539UL, hash);
    }
}
