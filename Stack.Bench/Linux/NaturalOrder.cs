namespace UserNet.Bench.Linux;

/// <summary>The order in which Linux's bind to port 0 fills a range with streams.</summary>
/// <remarks>
/// From a random port of the parity that the first port does not have, upward and round in steps of two; when that half
/// is full, the same over the other half.
/// </remarks>
internal static class NaturalOrder
{
    public static ushort[] Of(int first, int count)
    {
        var random = new Random(11);
        var order = new List<ushort>(count);
        Append(order, first, count, 1, random);
        Append(order, first, count, 0, random);
        return [.. order];
    }

    private static void Append(List<ushort> order, int first, int count, int parity, Random random)
    {
        int places = (count - parity + 1) / 2;
        bool[] isTaken = new bool[places];
        for (int left = places; left > 0; left--)
        {
            int place = random.Next(places);
            while (isTaken[place]) place = place + 1 == places ? 0 : place + 1;
            isTaken[place] = true;
            order.Add((ushort)(first + parity + 2 * place));
        }
    }
}
