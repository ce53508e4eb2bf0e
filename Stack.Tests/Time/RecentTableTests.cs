using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Time;

public sealed class RecentTableTests
{
    [Fact]
    public void It_does_what_a_list_in_order_of_use_does()
    {
        const int Capacity = 7;
        Random random = TestSettings.Random(77);
        var table = new RecentTable<int, int>(Capacity);
        var model = new List<(int Key, int Value)>();      // newest last
        for (int i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            int key = random.Next(12), at = model.FindIndex(entry => entry.Key == key);
            switch (random.Next(20))
            {
                case 0:
                    Assert.Equal(at >= 0, table.Remove(key));
                    if (at >= 0) model.RemoveAt(at);
                    break;
                case < 10:
                    Assert.Equal(at >= 0, table.TryFind(key, out int found));
                    if (at < 0) break;
                    Assert.Equal(model[at].Value, found);
                    model.Add(model[at]);
                    model.RemoveAt(at);
                    break;
                default:
                    ref int value = ref table.FindOrAdd(key, out bool isNew);
                    Assert.Equal(at < 0, isNew);
                    Assert.Equal(at < 0 ? 0 : model[at].Value, value);
                    value = i;
                    if (at >= 0) model.RemoveAt(at);
                    else if (model.Count == Capacity) model.RemoveAt(0);
                    model.Add((key, i));
                    break;
            }

            Assert.Equal(model.Count, table.Count);
        }

        table.Clear();
        Assert.Equal(0, table.Count);
    }
}
