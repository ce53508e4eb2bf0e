using System.Text;
using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Discovery;

/// <summary>The lower halves of IPv6 addresses: made of a station, of a secret, or by chance.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class InterfaceIdentifiers(RandomBuffer random)
{
    private const ulong UniversalBit = 0x0200_0000_0000_0000;

    private SipHash? _hash;      // drawn when it is first needed: what hosts without IPv6 draw does not change

    /// <summary>Has stable identifiers be those of this secret: the same on each start of a host.</summary>
    public void SetSecret(ulong first, ulong second) => _hash = new SipHash(first, second);

    /// <summary>RFC 4291 appendix A, RFC 2464 §4.</summary>
    public static ulong Eui64(MacAddress station) =>
        (((station.Bits >> 24) << 40) | 0xFF_FE00_0000 | (station.Bits & 0xFF_FFFF)) ^ UniversalBit;

    /// <summary>F(Prefix, Net_Iface, Network_ID, DAD_Counter, secret_key) of RFC 7217 §5, F being SipHash-2-4.</summary>
    public ulong Stable(InetPrefix prefix, string name, string network, int counter)
    {
        SipHash hash = _hash ??= SipHash.FromRandom(random);
        ulong interfaceWord = hash.Of(Encoding.UTF8.GetBytes(name)), networkWord = hash.Of(Encoding.UTF8.GetBytes(network));
        ulong count = (ulong)counter << 32;
        while (true)
        {
            ulong identifier = hash.Of(prefix.Address.High, interfaceWord, networkWord, count);
            if (!IsReserved(identifier)) return identifier;
            count++;
        }
    }

    /// <summary>By chance. RFC 8981 §3.3.1.</summary>
    public ulong Random()
    {
        while (true)
        {
            ulong identifier = random.NextUInt64();
            if (!IsReserved(identifier)) return identifier;
        }
    }

    /// <summary>RFC 5453: of routers' anycast address, of proxies, of subnet anycast addresses.</summary>
    public static bool IsReserved(ulong identifier) =>
        identifier == 0 || identifier >> 24 == 0x02_005E_FFFE || identifier is >= 0xFDFF_FFFF_FFFF_FF80 and <= 0xFDFF_FFFF_FFFF_FFFF;
}
