using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Emulation;

public sealed class StationTableTests
{
    // Against a dictionary that is searched through for who is too old.
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    public void It_knows_what_a_dictionary_with_a_limit_and_an_ageing_would_know(int limit)
    {
        Random random = TestSettings.Random(limit);
        var ageing = TimeSpan.FromTicks(5 * limit);
        var table = new StationTable<string>(limit, ageing);
        var model = new Dictionary<ulong, (string Port, long LastHeard)>();
        string[] ports = ["a", "b", "c"];
        long now = 0, refused = 0, moved = 0, aged = 0;
        for (int step = 0; step < TestSettings.Count(20_000, 1_000_000); step++)
        {
            now += random.Next(3) == 0 ? random.Next(10) : 0;
            List<ulong> old =
                [.. model.Where(entry => now - entry.Value.LastHeard >= 5 * limit).Select(entry => entry.Key)];
            foreach (ulong address in old) model.Remove(address);
            aged += old.Count;
            Assert.Equal(old.Count, table.Age(new Timestamp(now)));
            ulong station = (ulong)random.Next(2 * limit);
            string port = ports[random.Next(3)];
            if (random.Next(200) == 0)
            {
                table.Forget(port);
                List<ulong> gone = [.. model.Where(entry => entry.Value.Port == port).Select(entry => entry.Key)];
                foreach (ulong address in gone) model.Remove(address);
            }
            else
            {
                StationTable<string>.Change expected = !model.TryGetValue(station, out (string Port, long) known)
                    ? model.Count == limit ? StationTable<string>.Change.Refused : StationTable<string>.Change.Learned
                    : known.Port == port ? StationTable<string>.Change.Nothing : StationTable<string>.Change.Moved;
                Assert.Equal(expected, table.Hear(MacAddress.FromBits(station), port, new Timestamp(now)));
                if (expected == StationTable<string>.Change.Refused) refused++;
                else model[station] = (port, now);
                if (expected == StationTable<string>.Change.Moved) moved++;
            }

            ulong asked = (ulong)random.Next(2 * limit);
            Assert.Equal(model.GetValueOrDefault(asked).Port, table.Find(MacAddress.FromBits(asked)));
            Assert.Equal(model.Count, table.Count);
        }

        Assert.True(refused > 0 && moved > 0 && aged > 0);
    }
}
