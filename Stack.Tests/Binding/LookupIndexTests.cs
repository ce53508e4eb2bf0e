using UserNet.Addressing;
using UserNet.Binding;
using Xunit;

namespace UserNet.Tests.Binding;

public sealed class LookupIndexTests
{
    /// <summary>Chains stay short for what real programs bind and connect, even where the door to chance gives nothing but zeros.</summary>
    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(0x0123_4567_89AB_CDEFUL)]
    public void Neighbouring_addresses_and_ports_do_not_share_a_chain(ulong seed)
    {
        var index = new LookupIndex(seed);
        var addresses = new HashSet<uint>();
        var ports = new HashSet<uint>();
        var flows = new HashSet<uint>();
        InetAddress local = InetAddress.FromV4(0x0A010001);
        const int Count = 20_000;
        for (uint i = 0; i < Count; i++)
        {
            addresses.Add(index.Hash(new TupleKey(InetAddress.FromV4(0x0A000000 + i), 80, local, 9)) & 0xFFFF);
            ports.Add(index.Hash(new TupleKey(local, (ushort)(32768 + i), local, 9)) & 0xFFFF);
            flows.Add(index.Hash(new TupleKey(local, 80, InetAddress.FromV4(0xC0000200 + (i >> 8)), (ushort)(1024 + i))) & 0xFFFF);
        }

        // A random function would fill 1 - e^(-20000/65536), some 26 %, of 65,536 chains: 17,200.
        Assert.All([addresses, ports, flows], static chains => Assert.InRange(chains.Count, 14_000, Count));
    }
}
